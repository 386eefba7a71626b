// SPDX-License-Identifier: GPL-2.0-or-later
// Port pressure: holds connections from as many local ports to one port of 127.0.0.1, so that whoever
// connects there has to look long for a free port of net.ipv4.ip_local_port_range. Says so in one line
// when all are held; ends with its standard input or by a signal.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <CLI/CLI.hpp>

namespace {

[[noreturn]] void die(const char* what) {
  std::fprintf(stderr, "holdports: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

int tcp_socket() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket");
  return fd;
}

// Two descriptors for each connection.
void allow_descriptors(rlim_t connections) {
  const rlim_t needed = 2 * connections + 64;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) die("getrlimit");
  if (limit.rlim_cur >= needed) return;
  limit.rlim_cur = needed;
  if (limit.rlim_max < needed) limit.rlim_max = needed;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) die("more descriptors");
}

void hold(const sockaddr_in& address, int connections) {
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  const int listener = tcp_socket();
  // Others listen on the same port while the connections are held.
  const int on = 1;
  if (setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) die("SO_REUSEPORT");
  if (bind(listener, generic, sizeof address) != 0 || listen(listener, 16) != 0) die("listen");
  for (int i = 0; i < connections; ++i) {
    if (connect(tcp_socket(), generic, sizeof address) != 0) die("connect");
    if (accept4(listener, nullptr, nullptr, SOCK_CLOEXEC) < 0) die("accept");
  }
  close(listener);
}

}  // namespace

int main(int argc, char** argv) {
  int connections = 1900;
  std::uint16_t port = 0;
  CLI::App app{"Holds connections from as many local ports"};
  app.add_option("--connections", connections, "how many")->check(CLI::Range(1, 60000))->capture_default_str();
  app.add_option("--port", port, "to which port of 127.0.0.1")->required();
  CLI11_PARSE(app, argc, argv);
  allow_descriptors(static_cast<rlim_t>(connections));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  hold(address, connections);
  std::printf("holding %d\n", connections);
  std::fflush(stdout);
  char byte = 0;
  while (read(STDIN_FILENO, &byte, 1) > 0) {
  }
  return 0;
}
