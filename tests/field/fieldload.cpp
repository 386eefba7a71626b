// SPDX-License-Identifier: GPL-2.0-or-later
// Connections of every kind over loopback, counted by the program that makes them: what a recording has to agree with.
// Prints "opened N failed N accepted N" when it is done.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>

#include "tests/field/uring.h"

namespace {

struct Options {
  std::string how = "blocking";
  std::vector<in_port_t> ports{0};
  int family = 4;
  int threads = 8;
  long connections = 0;  // attempts of all threads together; 0: by time
  double seconds = 1;
  bool reset = true;  // on closing; else ports stay in use for a minute
  double wait = 0;
};

// Either family, with the length that it takes.
struct Address {
  sockaddr_storage storage{};
  socklen_t length = sizeof(sockaddr_in);
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

struct Counts {
  std::atomic<long> attempts{0}, opened{0}, failed{0}, accepted{0};
};

[[noreturn]] void die(const char* what) {
  std::fprintf(stderr, "fieldload: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

Address loopback(int family, in_port_t port) {
  Address address;
  if (family == 6) {
    auto& six = reinterpret_cast<sockaddr_in6&>(address.storage);
    six.sin6_family = AF_INET6;
    six.sin6_addr = in6addr_loopback;
    six.sin6_port = htons(port);
    address.length = sizeof six;
  } else {
    auto& four = reinterpret_cast<sockaddr_in&>(address.storage);
    four.sin_family = AF_INET;
    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    four.sin_port = htons(port);
  }
  return address;
}

int make_socket(const Options& options) {
  const int protocol = options.how == "mptcp" ? IPPROTO_MPTCP : 0;
  const int fd = socket(options.family == 6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, protocol);
  if (fd < 0) die("socket");
  return fd;
}

// A listener, and its address with the port that it got.
int listen_at(const Options& options, Address& address) {
  const int fd = make_socket(options);
  const int on = 1, queue = 256;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (options.how == "fastopen" && setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN, &queue, sizeof queue) != 0)
    die("fastopen");
  if (bind(fd, address.get(), address.length) != 0) die("bind");
  // A short queue of connections that nobody accepts drops what comes then.
  if (listen(fd, options.how == "unaccepted" ? 8 : 1024) != 0) die("listen");
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address.storage), &address.length) != 0) die("getsockname");
  return fd;
}

void serve(int listener, Counts& counts) {
  for (;;) {
    const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0 && (errno == ECONNABORTED || errno == EINTR)) continue;
    if (fd < 0) return;
    ++counts.accepted;
    char byte = 0;
    while (read(fd, &byte, 1) == 1)
      if (write(fd, &byte, 1) != 1) break;
    close(fd);
  }
}

// The same by io_uring: accepting, receiving and sending are requests.
void serve_by_uring(int listener, Counts& counts) {
  Uring ring;
  if ((errno = ring.refused()) != 0) die("io_uring_setup");
  for (;;) {
    const int fd = ring.request(IORING_OP_ACCEPT, listener, nullptr, 0);
    if (fd == -ECONNABORTED || fd == -EINTR) continue;
    if (fd < 0) return;
    ++counts.accepted;
    char byte = 0;
    while (ring.request(IORING_OP_RECV, fd, &byte, 1) == 1)
      if (ring.request(IORING_OP_SEND, fd, &byte, 1) != 1) break;
    close(fd);
  }
}

bool is_connected(int fd, int milliseconds) {
  pollfd connected{fd, POLLOUT, 0};
  int error = ETIMEDOUT;
  socklen_t size = sizeof error;
  if (poll(&connected, 1, milliseconds) == 1) getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  return error == 0;
}

bool open_connection(int fd, const Options& options, const Address& to) {
  if (options.how == "fastopen") return sendto(fd, "x", 1, MSG_FASTOPEN, to.get(), to.length) == 1;
  const bool waits = options.how == "nonblocking" || options.how == "unaccepted";
  if (waits) fcntl(fd, F_SETFL, O_NONBLOCK);
  if (connect(fd, to.get(), to.length) == 0) return true;
  if (!waits || errno != EINPROGRESS) return false;
  const bool connected = is_connected(fd, options.how == "unaccepted" ? 50 : 2000);
  fcntl(fd, F_SETFL, 0);
  return connected;
}

void connect_once(const Options& options, const Address& to, Counts& counts) {
  const int fd = make_socket(options);
  const linger reset{1, 0};
  if (options.reset) setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  if (!open_connection(fd, options, to)) {
    ++counts.failed;
  } else {
    ++counts.opened;
    char byte = 'x';
    // One byte there and back; with fast open it is under way already.
    const bool sent = options.how == "fastopen" || (options.how != "unaccepted" && write(fd, &byte, 1) == 1);
    if (sent && read(fd, &byte, 1) != 1) { /* the other end went first */
    }
  }
  close(fd);
}

Options parse(int argc, char** argv) {
  Options options;
  bool keep = false;
  CLI::App app{"Connections of every kind over loopback"};
  app.add_option("--how", options.how, "how connections are opened, and what becomes of them")
      ->check(CLI::IsMember({"blocking", "nonblocking", "refused", "fastopen", "mptcp", "unaccepted", "uring"}));
  app.add_option("--ports", options.ports, "one server each; 0: any")->delimiter(',');
  app.add_option("--family", options.family, "4 or 6")->check(CLI::IsMember({4, 6}));
  app.add_option("--threads", options.threads, "that connect, and as many that accept");
  app.add_option("--connections", options.connections, "attempts; 0: by time");
  app.add_option("--seconds", options.seconds, "how long");
  app.add_option("--wait", options.wait, "seconds before the first connection");
  app.add_flag("--keep-ports", keep, "close in order, so that a port stays in use for a minute");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    std::exit(app.exit(e) == 0 ? 0 : 2);
  }
  options.reset = !keep;
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  Counts counts;
  std::vector<Address> addresses;
  std::vector<int> listeners;
  for (const in_port_t port : options.ports) {
    listeners.push_back(listen_at(options, addresses.emplace_back(loopback(options.family, port))));
    // Nobody is there any more.
    if (options.how == "refused") close(listeners.back());
  }
  std::this_thread::sleep_for(std::chrono::duration<double>(options.wait));
  std::vector<std::thread> servers, clients;
  const bool accepts = options.how != "refused" && options.how != "unaccepted";
  for (int i = 0; accepts && i < options.threads; ++i)
    servers.emplace_back(options.how == "uring" ? serve_by_uring : serve,
                         listeners[static_cast<std::size_t>(i) % listeners.size()], std::ref(counts));
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(options.seconds);
  for (int i = 0; i < options.threads; ++i)
    clients.emplace_back([&, i] {
      for (std::size_t next = static_cast<std::size_t>(i);; ++next) {
        const long attempt = counts.attempts++;
        if (options.connections > 0 ? attempt >= options.connections : std::chrono::steady_clock::now() >= end) return;
        connect_once(options, addresses[next % addresses.size()], counts);
      }
    });
  for (auto& client : clients) client.join();
  for (const int listener : listeners) shutdown(listener, SHUT_RDWR);
  for (auto& server : servers) server.join();
  std::printf("opened %ld failed %ld accepted %ld\n", counts.opened.load(), counts.failed.load(),
              counts.accepted.load());
  return 0;
}
