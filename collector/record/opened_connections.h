// SPDX-License-Identifier: GPL-2.0-or-later
// How many connections were opened, while a program counts each and while it rests.
#pragma once

#include <cstdint>

namespace socklock::collector {

struct ConnectionCounts {
  std::uint64_t all = 0;
  std::uint64_t elsewhere = 0;  // in other network namespaces than the recorder's
};

// A program that counts connections opened runs at every change of a connection's state, eight times a connection over
// loopback. The kernel counts attempts, and those that failed, but not those that were given up by closing the socket.
// Where many connections are opened, and over a while attempts less failed ones are as many as the program counted,
// they tell the number, and the program rests; it is back for a short check again and again, for some seconds at least
// where both disagree, and while few connections are opened.
class OpenedConnections {
 public:
  struct Change {
    std::int64_t all = 0;
    std::int64_t elsewhere = 0;
  };
  // Two counts of one moment: an attempt that is beyond those counted is under way.
  struct Reading {
    std::uint64_t at_ns = 0;    // CLOCK_MONOTONIC
    ConnectionCounts counted;   // by the program, whenever it ran
    ConnectionCounts attempts;  // less those that failed (ActiveOpens, AttemptFails); may fall
  };

  // From now on. `may_rest`: else the program's count is all that there is.
  void begin(const Reading& now, bool may_rest);
  [[nodiscard]] bool may_rest() const { return may_rest_; }
  // Whether the kernel's counters have to be read now, by what the program counted so far.
  [[nodiscard]] bool wants_reading(std::uint64_t now_ns, std::uint64_t counted);
  // The latest when that is to be asked again, ns from now; UINT64_MAX: whenever.
  [[nodiscard]] std::uint64_t rest_ns(std::uint64_t now_ns) const;
  // Any time: what was opened up to now. Where needs_program() is true for the first time, the next reading has to be
  // taken right after the program was attached.
  void take(const Reading& now);
  // The program can't be had any more.
  void lose_program() { mode_ = Mode::kLost; }
  [[nodiscard]] bool needs_program() const { return mode_ != Mode::kTold && mode_ != Mode::kLost; }

  // Since the beginning; never falls.
  [[nodiscard]] ConnectionCounts opened() const { return opened_; }
  // Of opened().all, those that no program counted.
  [[nodiscard]] std::uint64_t told() const { return told_; }

 private:
  enum class Mode {
    kCounted,   // by the program
    kFirst,     // likewise, and compared with what the kernel's counters tell
    kTold,      // by the kernel's counters
    kReturned,  // likewise: the program is to be attached
    kAgain,     // likewise, and compared with what the program counts
    kLost,      // likewise, for ever
  };
  void advance(const Reading& now);
  void begin_check(const Reading& now, Mode mode);
  void end_check(const Reading& now);
  void count_again(const Reading& now);
  [[nodiscard]] bool agree(const Reading& now);
  [[nodiscard]] bool is_told() const;

  Mode mode_ = Mode::kCounted;
  bool may_rest_ = false;
  bool are_many_ = false;  // by the last look at the program's count
  Reading last_;
  std::uint64_t polled_ns_ = 0, polled_ = 0;  // the last look at the program's count
  ConnectionCounts opened_;
  std::uint64_t told_ = 0;
  Change owed_;                     // what is to be added to opened_ yet, or was added too early (below 0)
  Reading check_;                   // when the check began
  std::uint64_t next_look_ns_ = 0;  // at what it has seen by then
  Change idle_;                     // attempts beyond those counted when none was under way, as far as that was seen
  std::uint64_t next_check_ns_ = 0;
  std::uint64_t rest_ns_ = 0;  // between two checks
  std::uint64_t checked_ = 0;  // connections, by all checks since counts disagreed last
  std::int64_t beyond_ = 0;    // ... attempts beyond them
};

}  // namespace socklock::collector
