// SPDX-License-Identifier: GPL-2.0-or-later
// Waits that happen because they are made to, however busy the machine is. The kernel copies to or from a user's memory
// while it holds the lock of a socket; at a page that is not there yet it stops until userfaultfd(2) provides it. That
// is done when everybody else is seen to wait for the lock.
#pragma once

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace socklock::load {

// One call that takes the lock and then copies one byte to or from there.
using TakeAndCopy = void (*)(int fd, char* byte);

// A page that is there only when it is provided.
class LatePage {
 public:
  LatePage();  // ends the program where userfaultfd(2) is refused: it takes root, or vm.unprivileged_userfaultfd
  LatePage(const LatePage&) = delete;
  LatePage& operator=(const LatePage&) = delete;
  ~LatePage();
  [[nodiscard]] char* byte() const { return page_; }
  void await_access() const;  // returns when somebody stopped at it
  void provide() const;
  void take_away() const;  // while nobody uses it

 private:
  int fd_;
  char* page_;
};

// A holder, and waiters who come while it holds.
class HeldLock {
 public:
  // So many threads in all, of which one holds.
  explicit HeldLock(unsigned threads);
  HeldLock(const HeldLock&) = delete;
  HeldLock& operator=(const HeldLock&) = delete;
  ~HeldLock();
  // Each thread makes the call once: threads - 1 waits, at least.
  void hold_once(TakeAndCopy call, int fd) { hold_once(call, call, fd); }
  // The same where holder and waiters make calls of their own.
  void hold_once(TakeAndCopy holders_call, TakeAndCopy waiters_call, int fd);

 private:
  struct Thread {
    std::atomic<unsigned> calls{0};  // that it is told to have made
    std::atomic<unsigned> done{0};
    std::atomic<int> tid{0};
    std::thread thread;
  };
  void work(Thread& self, char* byte);
  static void tell(Thread& thread);

  LatePage page_;
  std::vector<Thread> threads_;  // the first holds
  TakeAndCopy holders_call_ = nullptr, waiters_call_ = nullptr;
  int fd_ = -1;
};

// Waits of `threads` threads, again and again, `rounds` times or, where that is 0, until then:
// for the owner of a TCP socket, sending and receiving by turns;
void hold_owners(unsigned threads, unsigned rounds, std::chrono::steady_clock::time_point end);
// for the owner of a listening socket, from which they accept;
void hold_listener(unsigned threads, unsigned rounds, std::chrono::steady_clock::time_point end);
// for the mutex of an AF_UNIX socket that its readers take.
void hold_mutex(unsigned threads, unsigned rounds, std::chrono::steady_clock::time_point end);

}  // namespace socklock::load
