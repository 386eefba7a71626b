// SPDX-License-Identifier: GPL-2.0-or-later
// Threads that wait for one kind of kernel lock each, for a stated time, on loopback only:
//   --owners N   N senders and N receivers on one TCP socket: waits in lock_sock() for its owner
//                (with --own-sockets on N of them, a pair of threads each: no owner waits but between the two)
//   --mutexes N  N pairs of threads on one AF_UNIX stream socket: its iolock is a mutex
//   --binds N    N threads that bind to one port, --port, and close: its bucket of the bind table
//   --udp-binds N  N threads that bind UDP sockets to --port, to which a --crowd of sockets is bound already: the
//                kernel walks them all with the bucket of the UDP table locked, so that waits for it are long
//   --udp-senders N  N threads that send to --udp-queues UDP sockets, to one or another by chance, and N that read
//   them:
//                the queue of such a socket has a spinlock
//   --rwsems N   N threads that map, touch and unmap memory: mmap_lock is an rwsem
//   --roles     pairs of threads of which each knows whom it waits for: "protector", in mprotect(), and "mapper", in
//               mmap() and munmap(), for mmap_lock; "reader", in read(), and "seeker", in lseek(), for the mutex of a
//               file's position
//   --sleeper   "sleeper" reads the kernel's log with that mutex held, and sleeps until there is something every 20 ms;
//               "waiter", in lseek(), comes when it sleeps
// Or waiters that do not last:
//   --come-and-go N   N threads, up to --alive of them at a time, that map memory once and end
//   --killed N        N processes of threads as with --rwsems, killed after a hundredth of a second
// Where a machine is busy, threads that run when they may hardly ever meet. With --held, those of --owners and
// --mutexes, and N threads of --listeners N that accept from one socket, are made to: one of N holds until all others
// wait, so that each round has N - 1 waits at least.
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <barrier>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>

#include "tests/load/held.h"
#include "tests/load/sockets.h"

namespace {

using socklock::load::die;
using socklock::load::Pair;
using socklock::load::tcp_pair;
using socklock::load::unix_pair;

std::atomic<bool> stop{false};

bool plain_io = false;  // write() and read(), which do not tell that this is a socket
unsigned message_bytes = 4096;
unsigned duty_percent = 100;  // of the time in which a sender sends

// Sleeps through the rest of every 20 ms.
void pause_for_duty() {
  using namespace std::chrono;
  if (duty_percent >= 100) return;
  constexpr auto kPeriod = microseconds(20'000);
  const auto within = duration_cast<microseconds>(steady_clock::now().time_since_epoch()) % kPeriod;
  if (within > kPeriod * duty_percent / 100) std::this_thread::sleep_for(kPeriod - within);
}

void send_all_the_time(int fd) {
  const std::vector<char> bytes(message_bytes);
  const auto send_some = [&] {
    return plain_io ? write(fd, bytes.data(), bytes.size()) : send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  };
  while (!stop && send_some() > 0) pause_for_duty();
}

void receive_all_the_time(int fd) {
  std::vector<char> bytes(message_bytes);
  while ((plain_io ? read(fd, bytes.data(), bytes.size()) : recv(fd, bytes.data(), bytes.size(), 0)) > 0) {
  }
}

void map_memory(unsigned times) {
  constexpr std::size_t kBytes = std::size_t{16} * 4096;
  for (unsigned time = 0; time < times && !stop; ++time) {
    void* memory = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) die("mmap");
    for (std::size_t i = 0; i < kBytes; i += 4096) static_cast<volatile char*>(memory)[i] = 1;
    munmap(memory, kBytes);
  }
}

void bind_all_the_time(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const int on = 1;
  while (!stop) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0 ||
        bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      die("bind");
    close(fd);
  }
}

int udp_socket_bound_to(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const int on = 1;
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    die("bind a UDP socket");
  return fd;
}

void bind_udp_all_the_time(std::uint16_t port) {
  while (!stop) close(udp_socket_bound_to(port));
}

// Closed when this process ends.
void crowd(unsigned sockets, std::uint16_t port) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  for (unsigned i = 0; i < sockets; ++i) udp_socket_bound_to(port);
}

// Of a socket of its own, which a receiver reads until it is shut down.
std::uint16_t port_of(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) die("getsockname");
  return ntohs(address.sin_port);
}

void send_datagrams(const std::vector<std::uint16_t>& ports, unsigned seed) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::minstd_rand random(seed);
  while (!stop) {
    address.sin_port = htons(ports[random() % ports.size()]);
    sendto(fd, "datagram", 8, 0, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  close(fd);
}

// Until nothing comes any more.
void receive_datagrams(int fd) {
  std::array<char, 64> datagram{};
  const timeval patience{.tv_sec = 0, .tv_usec = 200'000};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  while (recv(fd, datagram.data(), datagram.size(), 0) > 0 || !stop) {
  }
}

// As many receivers whatever the number of queues, so that nothing but these changes.
void start_datagrams(std::vector<std::thread>& threads, unsigned senders, unsigned queues) {
  std::vector<int> sockets;
  std::vector<std::uint16_t> ports;
  for (unsigned i = 0; i < queues; ++i) {
    sockets.push_back(udp_socket_bound_to(0));
    ports.push_back(port_of(sockets.back()));
  }
  for (unsigned i = 0; i < senders; ++i) {
    threads.emplace_back(receive_datagrams, sockets[i % queues]);
    threads.emplace_back(send_datagrams, ports, i + 1);
  }
}

void map_all_the_time() { map_memory(UINT_MAX); }

void call_thread(const char* name) { pthread_setname_np(pthread_self(), name); }

constexpr std::size_t kProtectedBytes = std::size_t{64} << 20;

// With a role threads begin when all are there, and go when all are done: one that comes or goes maps memory itself,
// and would be waited for, too.
constexpr std::ptrdiff_t kRoles = 4;
std::barrier all_roles{kRoles};

void protect_all_the_time(void* memory) {
  call_thread("protector");
  all_roles.arrive_and_wait();
  for (bool writable = false; !stop; writable = !writable)
    if (mprotect(memory, kProtectedBytes, writable ? PROT_READ | PROT_WRITE : PROT_READ) != 0) die("mprotect");
  all_roles.arrive_and_wait();
}

void map_as_mapper() {
  call_thread("mapper");
  all_roles.arrive_and_wait();
  map_all_the_time();
  all_roles.arrive_and_wait();
}

void read_all_the_time(int fd) {
  call_thread("reader");
  std::vector<char> bytes(std::size_t{1} << 20);
  all_roles.arrive_and_wait();
  while (!stop && read(fd, bytes.data(), bytes.size()) >= 0) {
  }
  all_roles.arrive_and_wait();
}

void seek_all_the_time(int fd) {
  call_thread("seeker");
  all_roles.arrive_and_wait();
  while (!stop) lseek(fd, 0, SEEK_CUR);
  all_roles.arrive_and_wait();
}

// A file whose position two threads share, and which has no end that they would come to. Of a folder: those of
// memfd_create() have no mutex for their position (FMODE_ATOMIC_POS, fs/open.c).
int endless_file() {
  for (const char* const folder : {"/dev/shm", "/tmp", "."})
    for (const int bits : {50, 43, 40}) {
      const int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
      if (fd < 0) break;
      if (ftruncate(fd, std::int64_t{1} << bits) == 0) return fd;
      close(fd);
    }
  die("a file without end");
}

std::atomic<bool> log_is_read{false};  // to the end
std::atomic<pid_t> sleeper{0};

void read_the_log(int fd) {
  call_thread("sleeper");
  sleeper = gettid();
  std::vector<char> bytes(4096);
  while (!stop && read(fd, bytes.data(), bytes.size()) >= 0) {
  }
  log_is_read = true;
}

bool is_asleep(pid_t thread) {
  std::string before_the_state;
  char state = 0;
  std::ifstream stat("/proc/self/task/" + std::to_string(thread) + "/stat");
  std::getline(stat, before_the_state, ')');
  return stat >> state && state == 'S';
}

// One that came at any time would find an owner that runs, or waits for a CPU, where the machine is busy.
void seek_when_the_sleeper_sleeps(int fd) {
  call_thread("waiter");
  while (!stop) {
    if (is_asleep(sleeper))
      lseek(fd, 0, SEEK_CUR);
    else
      std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
}

// Opened anew each time: of what comes from one open file the kernel drops all but ten lines in 5 s, without a word
// (kernel/printk/printk.c, devkmsg_write()).
void write_a_line() {
  const int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
  if (fd < 0) die("/dev/kmsg");
  if (write(fd, "<7>lockload\n", 12) < 0) die("write to /dev/kmsg");
  close(fd);
}

// Until the reader has ended, since it may sleep, and another may have read the line that was meant for it.
void write_the_log() {
  while (!log_is_read) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    write_a_line();
  }
}

void add_roles(std::vector<std::thread>& threads) {
  const int fd = endless_file();
  // Here, so that of the two none but the mapper maps.
  void* const memory =
      mmap(nullptr, kProtectedBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (memory == MAP_FAILED) die("mmap");
  threads.emplace_back(protect_all_the_time, memory);
  threads.emplace_back(map_as_mapper);
  threads.emplace_back(read_all_the_time, fd);
  threads.emplace_back(seek_all_the_time, fd);
}

void add_sleeper(std::vector<std::thread>& threads) {
  const int fd = open("/proc/kmsg", O_RDONLY | O_CLOEXEC);
  if (fd < 0) die("/proc/kmsg");
  threads.emplace_back(read_the_log, fd);
  threads.emplace_back(seek_when_the_sleeper_sleeps, fd);
  threads.emplace_back(write_the_log);
}

// Up to `alive` threads at a time, `count` in all.
void let_come_and_go(unsigned count, unsigned alive) {
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < count; ++i) {
    if (threads.size() == alive) {
      for (std::thread& thread : threads) thread.join();
      threads.clear();
    }
    threads.emplace_back(map_memory, 1U);
  }
  for (std::thread& thread : threads) thread.join();
}

[[noreturn]] void wait_until_killed() {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back(map_all_the_time);
  for (;;) pause();
}

// Up to 50 processes at a time.
void let_be_killed(unsigned count) {
  for (unsigned done = 0; done < count;) {
    std::vector<pid_t> children;
    for (; done < count && children.size() < 50; ++done) {
      const pid_t child = fork();
      if (child == 0) wait_until_killed();
      if (child < 0) die("fork");
      children.push_back(child);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10 * children.size()));
    for (const pid_t child : children) kill(child, SIGKILL);
    for (const pid_t child : children) waitpid(child, nullptr, 0);
  }
}

struct Options {
  unsigned udp_senders = 0, udp_queues = 1;
  unsigned owners = 0, mutexes = 0, rwsems = 0, binds = 0, udp_binds = 0, crowded = 2000, come_and_go = 0, alive = 100,
           killed = 0, listeners = 0, rounds = 0;
  std::uint16_t port = 20000;
  bool own_sockets = false, held = false, roles = false, sleeper = false;
  double seconds = 1;
};

void define(CLI::App& app, Options& options) {
  app.add_option("--owners", options.owners, "senders and receivers on one TCP socket")->check(CLI::Range(0U, 64U));
  app.add_flag("--own-sockets", options.own_sockets, "each sender and receiver of --owners have a socket of their own");
  app.add_option("--mutexes", options.mutexes, "senders and receivers on one AF_UNIX socket")
      ->check(CLI::Range(0U, 64U));
  app.add_option("--rwsems", options.rwsems, "threads that map and unmap memory")->check(CLI::Range(0U, 4096U));
  app.add_flag("--roles", options.roles, "threads that know whom they wait for");
  app.add_flag("--sleeper", options.sleeper, "a thread that sleeps with a mutex held");
  app.add_option("--listeners", options.listeners, "threads that accept from one socket, with --held")
      ->check(CLI::Range(0U, 64U));
  app.add_flag("--held", options.held, "one thread of each kind holds until all others wait");
  app.add_option("--rounds", options.rounds, "with --held: how often, instead of --seconds");
  app.add_flag("--plain-io", plain_io, "sockets are written to and read from, not sent to and received from");
  app.add_option("--bytes", message_bytes, "of a message; the longer, the longer locks are held")
      ->check(CLI::Range(1U, 1U << 24))
      ->capture_default_str();
  app.add_option("--duty", duty_percent, "percent of the time in which senders send")->check(CLI::Range(1U, 100U));
  app.add_option("--come-and-go", options.come_and_go, "threads that map memory and end")
      ->check(CLI::Range(0U, 1000000U));
  app.add_option("--alive", options.alive, "how many of them at a time")
      ->check(CLI::Range(1U, 20000U))
      ->capture_default_str();
  app.add_option("--killed", options.killed, "processes that are killed while they wait")
      ->check(CLI::Range(0U, 100000U));
  app.add_option("--binds", options.binds, "threads that bind to one port")->check(CLI::Range(0U, 64U));
  app.add_option("--udp-binds", options.udp_binds, "threads that bind UDP sockets to one port")
      ->check(CLI::Range(0U, 64U));
  app.add_option("--udp-senders", options.udp_senders, "threads that send to UDP sockets")->check(CLI::Range(0U, 64U));
  app.add_option("--udp-queues", options.udp_queues, "how many such sockets, used by chance")
      ->check(CLI::Range(1U, 64U))
      ->capture_default_str();
  app.add_option("--crowd", options.crowded, "UDP sockets that are bound to it already")
      ->check(CLI::Range(0U, 100000U))
      ->capture_default_str();
  app.add_option("--port", options.port, "the port that they bind to")->capture_default_str();
  app.add_option("--seconds", options.seconds, "how long")->check(CLI::Range(0.1, 600.0))->capture_default_str();
}

// Threads that run until they are stopped, and the sockets on which they end.
class Running {
 public:
  explicit Running(const Options& options) {
    for (unsigned i = 0; options.own_sockets && i < options.owners; ++i) add_pair(tcp_pair(), 1);
    if (!options.own_sockets && !options.held && options.owners > 0) add_pair(tcp_pair(), options.owners);
    if (!options.held && options.mutexes > 0) add_pair(unix_pair(), options.mutexes);
    for (unsigned i = 0; i < options.rwsems; ++i) threads_.emplace_back(map_all_the_time);
    for (unsigned i = 0; i < options.binds; ++i) threads_.emplace_back(bind_all_the_time, options.port);
    if (options.udp_binds > 0) crowd(options.crowded, options.port);
    if (options.udp_senders > 0) start_datagrams(threads_, options.udp_senders, options.udp_queues);
    for (unsigned i = 0; i < options.udp_binds; ++i) threads_.emplace_back(bind_udp_all_the_time, options.port);
    if (options.roles) add_roles(threads_);
    if (options.sleeper) add_sleeper(threads_);
  }
  [[nodiscard]] bool is_nothing() const { return threads_.empty(); }
  void end() {
    stop = true;
    for (const Pair& pair : pairs_) shutdown(pair.left, SHUT_RDWR);
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  void add_pair(Pair pair, unsigned count) {
    pairs_.push_back(pair);
    for (unsigned i = 0; i < count; ++i) {
      threads_.emplace_back(send_all_the_time, pair.left);
      threads_.emplace_back(receive_all_the_time, pair.right);
    }
  }

  std::vector<std::thread> threads_;
  std::vector<Pair> pairs_;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Threads that wait for one kind of kernel lock"};
  Options options;
  define(app, options);
  CLI11_PARSE(app, argc, argv);

  std::signal(SIGPIPE, SIG_IGN);
  const auto end = std::chrono::steady_clock::now() +
                   std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(options.seconds));
  std::vector<std::thread> held;
  if (options.held && options.owners > 1)
    held.emplace_back(socklock::load::hold_owners, options.owners, options.rounds, end);
  if (options.held && options.listeners > 1)
    held.emplace_back(socklock::load::hold_listener, options.listeners, options.rounds, end);
  if (options.held && options.mutexes > 1)
    held.emplace_back(socklock::load::hold_mutex, options.mutexes, options.rounds, end);
  Running running(options);
  let_be_killed(options.killed);
  let_come_and_go(options.come_and_go, options.alive);
  if (!running.is_nothing()) std::this_thread::sleep_for(std::chrono::duration<double>(options.seconds));
  running.end();
  for (std::thread& thread : held) thread.join();
  return 0;
}
