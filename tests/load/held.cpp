// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/load/held.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <fstream>
#include <string>

#include "tests/load/sockets.h"

namespace socklock::load {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kPageBytes = 4096;

// Whether a thread of ours sleeps and no signal would wake it: so it does for a lock, and not for another thread of
// ours or for data (proc(5), state D).
bool waits_for_a_lock(int tid) {
  std::ifstream file("/proc/self/task/" + std::to_string(tid) + "/stat");
  std::string line;
  std::getline(file, line);
  const auto name_end = line.rfind(") ");
  return name_end != std::string::npos && line[name_end + 2] == 'D';
}

void send_byte(int fd, char* byte) {
  if (send(fd, byte, 1, MSG_NOSIGNAL) != 1) die("send");
}

void receive_byte(int fd, char* byte) {
  if (recv(fd, byte, 1, 0) != 1) die("recv");
}

void send_bytes(int fd, unsigned count) {
  const std::vector<char> bytes(count);
  if (send(fd, bytes.data(), count, MSG_NOSIGNAL) != static_cast<ssize_t>(count)) die("send");
}

void receive_bytes(int fd, unsigned count) {
  std::vector<char> bytes(count);
  if (recv(fd, bytes.data(), count, MSG_WAITALL) != static_cast<ssize_t>(count)) die("recv");
}

// Takes all, as if there were none. Programs of a filter are copied to their reader while the socket is locked
// (net/core/filter.c, sk_get_filter()).
void attach_filter(int fd) {
  sock_filter take_all{BPF_RET | BPF_K, 0, 0, 0xffffffff};
  const sock_fprog program{1, &take_all};
  if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0) die("SO_ATTACH_FILTER");
}

void read_filter(int fd, char* byte) {
  socklen_t instructions = 1;
  if (getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, byte, &instructions) != 0) die("SO_GET_FILTER");
}

// Nobody connects.
void accept_none(int fd, char*) {
  if (accept4(fd, nullptr, nullptr, SOCK_CLOEXEC) >= 0 || errno != EAGAIN) die("accept");
}

bool goes_on(unsigned round, unsigned rounds, Clock::time_point end) {
  return rounds > 0 ? round < rounds : Clock::now() < end;
}

}  // namespace

LatePage::LatePage() : fd_(static_cast<int>(syscall(SYS_userfaultfd, O_CLOEXEC))) {
  if (fd_ < 0) die("userfaultfd");
  uffdio_api api{UFFD_API, 0, 0};
  if (ioctl(fd_, UFFDIO_API, &api) != 0) die("UFFDIO_API");
  void* const memory = mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) die("mmap");
  page_ = static_cast<char*>(memory);
  uffdio_register where{};
  where.range = {reinterpret_cast<std::uintptr_t>(page_), kPageBytes};
  where.mode = UFFDIO_REGISTER_MODE_MISSING;
  if (ioctl(fd_, UFFDIO_REGISTER, &where) != 0) die("UFFDIO_REGISTER");
}

LatePage::~LatePage() {
  munmap(page_, kPageBytes);
  close(fd_);
}

void LatePage::await_access() const {
  uffd_msg message{};
  if (read(fd_, &message, sizeof message) != sizeof message) die("read of userfaultfd");
}

void LatePage::provide() const {
  uffdio_zeropage zeros{};
  zeros.range = {reinterpret_cast<std::uintptr_t>(page_), kPageBytes};
  if (ioctl(fd_, UFFDIO_ZEROPAGE, &zeros) != 0) die("UFFDIO_ZEROPAGE");
}

void LatePage::take_away() const {
  if (madvise(page_, kPageBytes, MADV_DONTNEED) != 0) die("madvise");
}

HeldLock::HeldLock(unsigned threads) : threads_(threads) {
  for (Thread& one : threads_)
    one.thread = std::thread([this, &one] {
      char byte = 0;
      work(one, &one == &threads_.front() ? page_.byte() : &byte);
    });
}

HeldLock::~HeldLock() {
  holders_call_ = waiters_call_ = nullptr;
  for (Thread& one : threads_) tell(one);
  for (Thread& one : threads_) one.thread.join();
}

void HeldLock::work(Thread& self, char* byte) {
  self.tid = static_cast<int>(syscall(SYS_gettid));
  for (unsigned made = 0;; ++made) {
    self.calls.wait(made);
    const TakeAndCopy call = &self == &threads_.front() ? holders_call_ : waiters_call_;
    if (call == nullptr) return;
    call(fd_, byte);
    ++self.done;
    self.done.notify_one();
  }
}

void HeldLock::tell(Thread& thread) {
  ++thread.calls;
  thread.calls.notify_one();
}

void HeldLock::hold_once(TakeAndCopy holders_call, TakeAndCopy waiters_call, int fd) {
  holders_call_ = holders_call;
  waiters_call_ = waiters_call;
  fd_ = fd;
  const unsigned done_before = threads_.front().done;
  tell(threads_.front());
  page_.await_access();
  for (auto waiter = threads_.begin() + 1; waiter != threads_.end(); ++waiter) tell(*waiter);
  for (auto waiter = threads_.begin() + 1; waiter != threads_.end(); ++waiter)
    while (!waits_for_a_lock(waiter->tid)) std::this_thread::sleep_for(std::chrono::microseconds(100));
  page_.provide();
  for (Thread& one : threads_) one.done.wait(done_before);
  page_.take_away();
}

void hold_owners(unsigned threads, unsigned rounds, Clock::time_point end) {
  const Pair pair = tcp_pair();
  HeldLock lock(threads);
  for (unsigned round = 0; goes_on(round, rounds, end); ++round) {
    if (round % 2 == 0) {
      lock.hold_once(send_byte, pair.left);
      receive_bytes(pair.right, threads);
    } else {
      send_bytes(pair.left, threads);
      lock.hold_once(receive_byte, pair.right);
    }
  }
  for (const int fd : {pair.left, pair.right}) close(fd);
}

void hold_listener(unsigned threads, unsigned rounds, Clock::time_point end) {
  const int listener = listen_on_loopback();
  if (fcntl(listener, F_SETFL, O_NONBLOCK) != 0) die("fcntl");
  attach_filter(listener);
  HeldLock lock(threads);
  for (unsigned round = 0; goes_on(round, rounds, end); ++round) lock.hold_once(read_filter, accept_none, listener);
  close(listener);
}

void hold_mutex(unsigned threads, unsigned rounds, Clock::time_point end) {
  const Pair pair = unix_pair();
  HeldLock lock(threads);
  for (unsigned round = 0; goes_on(round, rounds, end); ++round) {
    send_bytes(pair.left, threads);
    lock.hold_once(receive_byte, pair.right);
  }
  for (const int fd : {pair.left, pair.right}) close(fd);
}

}  // namespace socklock::load
