// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/load/sockets.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace socklock::load {

void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

int listen_on_loopback() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || listen(listener, 1) != 0)
    die("listen");
  return listener;
}

Pair tcp_pair() {
  const int listener = listen_on_loopback();
  sockaddr_in address{};
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (getsockname(listener, generic, &size) != 0) die("getsockname");
  Pair pair;
  pair.left = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(pair.left, generic, size) != 0) die("connect");
  pair.right = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  if (pair.right < 0) die("accept");
  close(listener);
  return pair;
}

Pair unix_pair() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) die("socketpair");
  return {ends[0], ends[1]};
}

}  // namespace socklock::load
