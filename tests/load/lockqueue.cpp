// SPDX-License-Identifier: GPL-2.0-or-later
// Threads that think for a while, by chance, asleep or with --busy on a CPU of their own, and then take one of --locks
// locks, evenly and by chance: the load of which `socklock what-if` says what a change would leave. The change itself
// is another
// --locks (a split), --hold (held for less) or --sends-elsewhere (a path that no longer takes the lock); nothing else
// of the load changes with it.
//   --kind tcp    owners of TCP sockets: peeks at --hold bytes; with --sends P, P percent send that many instead, with
//                 --sends-elsewhere on a socket of the thread's own
//   --kind unix   mutexes (iolock) of AF_UNIX streams: peeks at --hold bytes
//   --kind udp    spinlocks of UDP sockets' queues: peeks behind --hold datagrams, which the kernel steps over
//   --kind bind   spinlocks of buckets of the bind table: bind() to a port that --hold sockets are bound to, which the
//                 kernel walks, and close()
// The lock is held for as long as copying or walking takes, on a CPU. Prints how often it was taken, and for how much
// of the time the threads had a CPU: with --busy less than all of it is what other programs and guests took.
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>

#include "tests/load/sockets.h"

namespace {

using namespace socklock::load;

enum class Kind : std::uint8_t { kTcp, kUnix, kUdp, kBind };

struct Options {
  Kind kind = Kind::kTcp;
  unsigned threads = 8, locks = 1, hold = 65536, sends_percent = 0;
  bool sends_elsewhere = false, busy = false;
  double think_us = 1000, seconds = 3;
};

std::atomic<bool> stop{false};

constexpr std::uint16_t kFirstPort = 21000;
constexpr int kBytesOfDatagram = 8;

sockaddr_in loopback(std::uint16_t port, std::uint32_t host = INADDR_LOOPBACK) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(host);
  address.sin_port = htons(port);
  return address;
}

int bound(int type, const sockaddr_in& address, bool reuse) {
  const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
  const int on = reuse ? 1 : 0;
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    die("bind");
  return fd;
}

void make_room(int fd, int option, std::size_t bytes) {
  const int room = static_cast<int>(bytes);
  if (setsockopt(fd, SOL_SOCKET, option, &room, sizeof room) != 0) die("setsockopt of a buffer's size");
}

// Both of a pair have room for more than is peeked at.
Pair with_room(Pair pair, std::size_t bytes) {
  for (const int fd : {pair.left, pair.right}) {
    make_room(fd, SO_RCVBUFFORCE, 8 * bytes);
    make_room(fd, SO_SNDBUFFORCE, 8 * bytes);
  }
  return pair;
}

void send_all(int fd, std::size_t bytes) {
  const std::vector<char> data(bytes);
  for (std::size_t sent = 0; sent < bytes;) {
    const ssize_t more = send(fd, data.data() + sent, bytes - sent, MSG_NOSIGNAL);
    if (more <= 0) die("send");
    sent += static_cast<std::size_t>(more);
  }
}

// One lock and what is needed to take it.
struct Lock {
  int fd = -1;            // of the socket that has it
  int peer = -1;          // what is sent comes out there
  sockaddr_in address{};  // to bind to
};

Lock stream_with_something_to_see(Pair pair, unsigned bytes) {
  with_room(pair, bytes);
  send_all(pair.right, bytes);
  return {.fd = pair.left, .peer = pair.right};
}

Lock queue_of_datagrams(unsigned count) {
  const int fd = bound(SOCK_DGRAM, loopback(0), false);
  make_room(fd, SO_RCVBUFFORCE, std::size_t{count + 16} * 1024);
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) die("getsockname");
  const int sender = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  for (unsigned i = 0; i < count + 16; ++i)
    if (sendto(sender, "datagram", kBytesOfDatagram, 0, reinterpret_cast<const sockaddr*>(&address), size) < 0)
      die("sendto");
  close(sender);
  return {.fd = fd};
}

// The first socket permits no reuse, and has another address: for such a port the kernel asks each of those that are
// bound to the address whether it is in the way (tb->fastreuse, net/ipv4/inet_connection_sock.c).
Lock crowded_port(std::uint16_t port, unsigned sockets) {
  bound(SOCK_STREAM, loopback(port, INADDR_LOOPBACK + 1), false);
  const sockaddr_in address = loopback(port);
  for (unsigned i = 0; i < sockets; ++i) bound(SOCK_STREAM, address, true);
  return {.address = address};
}

std::vector<Lock> make_locks(const Options& options) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  std::vector<Lock> locks;
  for (unsigned i = 0; i < options.locks; ++i) {
    switch (options.kind) {
      case Kind::kTcp: locks.push_back(stream_with_something_to_see(tcp_pair(), options.hold)); break;
      case Kind::kUnix: locks.push_back(stream_with_something_to_see(unix_pair(), options.hold)); break;
      case Kind::kUdp: locks.push_back(queue_of_datagrams(options.hold)); break;
      case Kind::kBind: locks.push_back(crowded_port(static_cast<std::uint16_t>(kFirstPort + i), options.hold)); break;
    }
  }
  return locks;
}

void take(const Lock& lock, const Options& options, std::vector<char>& bytes) {
  switch (options.kind) {
    case Kind::kTcp:
    case Kind::kUnix: recv(lock.fd, bytes.data(), options.hold, MSG_PEEK | MSG_DONTWAIT); break;
    case Kind::kUdp: {
      const int behind = static_cast<int>(options.hold) * kBytesOfDatagram;
      setsockopt(lock.fd, SOL_SOCKET, SO_PEEK_OFF, &behind, sizeof behind);
      recv(lock.fd, bytes.data(), kBytesOfDatagram, MSG_PEEK | MSG_DONTWAIT);
      break;
    }
    case Kind::kBind: close(bound(SOCK_STREAM, lock.address, true)); break;
  }
}

void think(double think_us, bool busy) {
  using namespace std::chrono;
  const duration<double, std::micro> time(think_us);
  if (!busy) return std::this_thread::sleep_for(time);
  for (const auto end = steady_clock::now() + time; steady_clock::now() < end;) {
  }
}

// Thrown away by the kernel without a copy (MSG_TRUNC, tcp(7)).
void drain(int fd) {
  while (recv(fd, nullptr, std::size_t{1} << 20, MSG_TRUNC) > 0) {
  }
}

double cpu_seconds_of_this_thread() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// One after the other, of those that this process may use.
void stay_on_a_cpu(unsigned thread) {
  cpu_set_t all, one;
  if (sched_getaffinity(0, sizeof all, &all) != 0) die("sched_getaffinity");
  auto left = thread % static_cast<unsigned>(CPU_COUNT(&all));
  std::size_t cpu = 0;
  while (!CPU_ISSET(cpu, &all) || left-- > 0) ++cpu;
  CPU_ZERO(&one);
  CPU_SET(cpu, &one);
  if (sched_setaffinity(0, sizeof one, &one) != 0) die("sched_setaffinity");
}

struct Done {
  std::uint64_t taken = 0;
  double cpu_seconds = 0, seconds = 0;
};

void think_and_take(const std::vector<Lock>& locks, const Options& options, unsigned seed, Done& done) {
  prctl(PR_SET_TIMERSLACK, 1);
  if (options.busy) stay_on_a_cpu(seed);
  std::minstd_rand random(seed);
  std::exponential_distribution<double> think_us(1 / options.think_us);
  std::uniform_int_distribution<std::size_t> which(0, locks.size() - 1);
  std::uniform_int_distribution<unsigned> percent(0, 99);
  std::vector<char> bytes(options.hold + kBytesOfDatagram);
  const Pair own = options.sends_elsewhere ? with_room(tcp_pair(), options.hold) : Pair();
  std::thread own_drain([own] {
    if (own.right >= 0) drain(own.right);
  });
  const auto begin = std::chrono::steady_clock::now();
  const double cpu_begin = cpu_seconds_of_this_thread();
  std::uint64_t taken = 0;
  while (!stop) {
    think(think_us(random), options.busy);
    const Lock& lock = locks[which(random)];
    if (percent(random) < options.sends_percent)
      send(own.left >= 0 ? own.left : lock.fd, bytes.data(), options.hold, MSG_DONTWAIT | MSG_NOSIGNAL);
    else
      take(lock, options, bytes);
    ++taken;
  }
  done = {.taken = taken,
          .cpu_seconds = cpu_seconds_of_this_thread() - cpu_begin,
          .seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count()};
  if (own.right >= 0) shutdown(own.right, SHUT_RDWR);
  own_drain.join();
}

void define(CLI::App& app, Options& options) {
  app.option_defaults()->take_last();
  const std::map<std::string, Kind> kinds{
      {"tcp", Kind::kTcp}, {"unix", Kind::kUnix}, {"udp", Kind::kUdp}, {"bind", Kind::kBind}};
  app.add_option("--kind", options.kind, "of lock")->required()->transform(CLI::CheckedTransformer(kinds));
  app.add_option("--threads", options.threads, "that take locks")->check(CLI::Range(1U, 256U))->capture_default_str();
  app.add_option("--locks", options.locks, "how many there are")->check(CLI::Range(1U, 256U))->capture_default_str();
  app.add_option("--hold", options.hold, "bytes, datagrams or sockets: how long one is held")
      ->check(CLI::Range(1U, 1U << 24))
      ->capture_default_str();
  app.add_option("--sends", options.sends_percent, "percent that send")->check(CLI::Range(0U, 100U));
  app.add_flag("--sends-elsewhere", options.sends_elsewhere, "... on a socket of the thread's own");
  app.add_option("--think-us", options.think_us, "mean time between two, exponentially distributed")
      ->check(CLI::Range(1.0, 1e7))
      ->capture_default_str();
  app.add_flag("--busy", options.busy, "threads stay on a CPU each, and do not sleep");
  app.add_option("--seconds", options.seconds, "how long")->check(CLI::Range(0.1, 600.0))->capture_default_str();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Threads that think, and take one of some locks"};
  Options options;
  define(app, options);
  CLI11_PARSE(app, argc, argv);
  const std::vector<Lock> locks = make_locks(options);
  std::vector<std::thread> threads, drains;
  std::vector<Done> done(options.threads);
  for (unsigned i = 0; i < options.threads; ++i)
    threads.emplace_back([&, i] { think_and_take(locks, options, i + 1, done[i]); });
  for (const Lock& lock : locks)
    if (lock.peer >= 0) drains.emplace_back(drain, lock.peer);
  std::this_thread::sleep_for(std::chrono::duration<double>(options.seconds));
  stop = true;
  for (std::thread& thread : threads) thread.join();
  for (const Lock& lock : locks)
    if (lock.peer >= 0) shutdown(lock.peer, SHUT_RDWR);
  for (std::thread& thread : drains) thread.join();
  Done all;
  for (const Done& one : done) {
    all.taken += one.taken;
    all.cpu_seconds += one.cpu_seconds;
    all.seconds += one.seconds;
  }
  std::printf("%llu times in %g s, on a CPU for %.0f%% of it\n", static_cast<unsigned long long>(all.taken),
              options.seconds, 100 * all.cpu_seconds / all.seconds);
  return 0;
}
