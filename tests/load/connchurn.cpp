// SPDX-License-Identifier: GPL-2.0-or-later
// Connection churn over loopback: every client thread connects, exchanges one byte each way and
// resets the connection, over and over. All server threads accept either from one shared
// listening socket or from one SO_REUSEPORT listener each; the pair is the demo's before/after.
// Clients may bind to their address first, which picks a port at once or, with
// IP_BIND_ADDRESS_NO_PORT, leaves that to connect().
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
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

namespace {

struct Options {
  std::string listeners = "shared";
  int servers = 8;
  int clients = 8;
  double seconds = 3;
  long connections = 0;  // 0: as many as fit into `seconds`
  in_port_t port = 0;    // 0: any
  std::string bind = "none";
};

[[noreturn]] void die(const char* what) {
  std::fprintf(stderr, "connchurn: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

sockaddr_in loopback(in_port_t port_be) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = port_be;
  return address;
}

// Returns a listening socket on 127.0.0.1; a zero port picks a free one.
int listen_on(in_port_t port_be) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket");
  const int on = 1;
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) die("SO_REUSEPORT");
  const sockaddr_in address = loopback(port_be);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) die("bind");
  if (listen(fd, 1024) != 0) die("listen");
  return fd;
}

in_port_t port_of(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) die("getsockname");
  return address.sin_port;
}

// Echoes one byte per connection until the listener is shut down.
void serve(int listener) {
  for (;;) {
    const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == ECONNABORTED || errno == EINTR) continue;
      return;  // EINVAL: the listener was shut down
    }
    char byte = 0;
    if (read(fd, &byte, 1) == 1 && write(fd, &byte, 1) != 1) { /* the peer reset first */
    }
    close(fd);
  }
}

// To an address without a port, as a program does that has several addresses.
bool bind_client(int fd, const std::string& how) {
  if (how == "none") return true;
  const int no_port = how == "no-port" ? 1 : 0;
  if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &no_port, sizeof no_port) != 0)
    die("IP_BIND_ADDRESS_NO_PORT");
  const sockaddr_in address = loopback(0);
  return bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

// True when one connection was made, answered and reset.
bool churn_once(const sockaddr_in& address, const std::string& bind_how) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  // A reset leaves no TIME_WAIT behind, so the ports never run out.
  const linger reset{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  char byte = 'x';
  const bool done = bind_client(fd, bind_how) &&
                    connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                    write(fd, &byte, 1) == 1 && read(fd, &byte, 1) == 1;
  close(fd);
  return done;
}

Options parse(int argc, char** argv) {
  Options options;
  CLI::App app{"Connection churn over loopback"};
  app.add_option("--listeners", options.listeners, "shared: one listening socket for all server threads; own: one each")
      ->check(CLI::IsMember({"shared", "own"}))
      ->capture_default_str();
  app.add_option("--servers", options.servers, "accepting threads")->check(CLI::Range(1, 256))->capture_default_str();
  app.add_option("--clients", options.clients, "connecting threads")->check(CLI::Range(1, 256))->capture_default_str();
  app.add_option("--seconds", options.seconds, "how long to run")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str();
  app.add_option("--connections", options.connections, "stop after so many connections (0: only by time)");
  app.add_option("--port", options.port, "listen on this port (0: any)")->capture_default_str();
  app.add_option("--bind", options.bind, "clients call bind() before connect(): none; port; no-port")
      ->check(CLI::IsMember({"none", "port", "no-port"}))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    std::exit(app.exit(e) == 0 ? 0 : 2);
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  std::vector<int> listeners{listen_on(htons(options.port))};
  const in_port_t port = port_of(listeners[0]);
  if (options.listeners == "own")
    for (int i = 1; i < options.servers; ++i) listeners.push_back(listen_on(port));

  std::vector<std::thread> servers;
  servers.reserve(static_cast<std::size_t>(options.servers));
  for (int i = 0; i < options.servers; ++i)
    servers.emplace_back(serve, listeners[static_cast<size_t>(i) % listeners.size()]);

  std::atomic<bool> stop{false};
  std::atomic<long> connections{0};
  std::atomic<long> failures{0};
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::thread> clients;
  clients.reserve(static_cast<std::size_t>(options.clients));
  for (int i = 0; i < options.clients; ++i)
    clients.emplace_back([&] {
      const sockaddr_in address = loopback(port);
      while (!stop.load(std::memory_order_relaxed)) {
        if (churn_once(address, options.bind)) {
          if (++connections == options.connections) stop = true;
        } else {
          ++failures;
        }
      }
    });
  const auto deadline = begin + std::chrono::duration<double>(options.seconds);
  while (!stop && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  stop = true;
  // The listeners go last: a client that still connects must find a server that answers it.
  for (auto& client : clients) client.join();
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  for (int fd : listeners) shutdown(fd, SHUT_RDWR);
  for (auto& server : servers) server.join();
  std::printf("connections %ld failures %ld seconds %.3f per_second %.0f\n", connections.load(), failures.load(),
              elapsed.count(), static_cast<double>(connections.load()) / elapsed.count());
  return connections.load() > 0 ? 0 : 1;
}
