// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/record/opened_connections.h"

#include <algorithm>
#include <cstdlib>

#include "base/units.h"

namespace socklock::collector {
namespace {

// Connections a second: below, counting each costs less than a thousandth of one CPU.
constexpr std::uint64_t kMany = 1000;
constexpr std::uint64_t kFew = kMany / 2;
constexpr std::uint64_t kShortestPollNs = 40'000'000;
// A check lasts so long, and until it has seen so many connections.
constexpr std::uint64_t kCheckNs = 100'000'000;
constexpr std::uint64_t kLongestCheckNs = 400'000'000;
constexpr std::uint64_t kCheckedConnections = 200;
// Between two checks: twice as long each time that both agree.
constexpr std::uint64_t kFirstRestNs = 2 * kNsPerSecond;
constexpr std::uint64_t kLongestRestNs = 16 * kNsPerSecond;
// Both counts may differ by attempts that are under way: by so many, and one in so many.
constexpr std::uint64_t kUnderWay = 16;
constexpr std::uint64_t kUnderWayOneIn = 128;

std::int64_t change(std::uint64_t before, std::uint64_t now) { return static_cast<std::int64_t>(now - before); }

bool is_rate_below(std::int64_t count, std::uint64_t elapsed_ns, std::uint64_t per_second) {
  return static_cast<double>(count) * kNsPerSecond < static_cast<double>(per_second) * static_cast<double>(elapsed_ns);
}

bool is_small(std::int64_t difference, std::uint64_t connections) {
  return static_cast<std::uint64_t>(std::abs(difference)) <= kUnderWay + connections / kUnderWayOneIn;
}

OpenedConnections::Change change(const ConnectionCounts& before, const ConnectionCounts& now) {
  return {change(before.all, now.all), change(before.elsewhere, now.elsewhere)};
}

// Attempts beyond the connections that were counted.
OpenedConnections::Change beyond(const OpenedConnections::Reading& reading) {
  return change(reading.counted, reading.attempts);
}

// Those that came under way since none was, of both kinds.
OpenedConnections::Change under_way(const OpenedConnections::Change& idle, const OpenedConnections::Change& now) {
  return {std::max<std::int64_t>(now.all - idle.all, 0), std::max<std::int64_t>(now.elsewhere - idle.elsewhere, 0)};
}

// Adds what is owed to a total that never falls.
void pay(std::int64_t& owed, std::uint64_t& total) {
  const std::int64_t paid = std::max<std::int64_t>(owed, 0);
  owed -= paid;
  total += static_cast<std::uint64_t>(paid);
}

}  // namespace

void OpenedConnections::begin(const Reading& now, bool may_rest) {
  *this = {};
  may_rest_ = may_rest;
  last_ = now;
  polled_ns_ = now.at_ns;
  polled_ = now.counted.all;
  idle_ = beyond(now);
  rest_ns_ = kFirstRestNs;
}

bool OpenedConnections::is_told() const { return mode_ != Mode::kCounted && mode_ != Mode::kFirst; }

bool OpenedConnections::wants_reading(std::uint64_t now_ns, std::uint64_t counted) {
  if (mode_ != Mode::kCounted) return rest_ns(now_ns) == 0;
  if (!may_rest_ || now_ns - polled_ns_ < kShortestPollNs) return false;
  are_many_ = !is_rate_below(change(polled_, counted), now_ns - polled_ns_, kMany);
  polled_ns_ = now_ns;
  polled_ = counted;
  return are_many_ && now_ns >= next_check_ns_;
}

std::uint64_t OpenedConnections::rest_ns(std::uint64_t now_ns) const {
  const auto until = [now_ns](std::uint64_t then_ns) { return then_ns > now_ns ? then_ns - now_ns : 0; };
  switch (mode_) {
    case Mode::kCounted:
    case Mode::kLost: break;
    case Mode::kFirst:
    case Mode::kAgain: return until(next_look_ns_);
    case Mode::kTold: return until(next_check_ns_);
    case Mode::kReturned: return 0;
  }
  return UINT64_MAX;
}

void OpenedConnections::take(const Reading& now) {
  const Reading before = last_;
  advance(now);
  switch (mode_) {
    case Mode::kCounted:
      if (before.counted.all == now.counted.all && before.attempts.all == now.attempts.all) idle_ = beyond(now);
      if (are_many_ && now.at_ns >= next_check_ns_) begin_check(now, Mode::kFirst);
      break;
    case Mode::kReturned: begin_check(now, Mode::kAgain); break;
    case Mode::kFirst:
    case Mode::kAgain: end_check(now); break;
    case Mode::kTold:
      if (now.at_ns >= next_check_ns_ ||
          (now.at_ns - before.at_ns >= kCheckNs &&
           is_rate_below(change(before.attempts.all, now.attempts.all), now.at_ns - before.at_ns, kFew)))
        mode_ = Mode::kReturned;
      break;
    case Mode::kLost: break;
  }
}

// Counts what was opened since the last reading.
void OpenedConnections::advance(const Reading& now) {
  const Change since = is_told() ? change(last_.attempts, now.attempts) : change(last_.counted, now.counted);
  owed_.all += since.all;
  owed_.elsewhere += since.elsewhere;
  const std::uint64_t before = opened_.all;
  pay(owed_.all, opened_.all);
  pay(owed_.elsewhere, opened_.elsewhere);
  if (is_told()) told_ += opened_.all - before;
  last_ = now;
}

void OpenedConnections::begin_check(const Reading& now, Mode mode) {
  mode_ = mode;
  check_ = now;
  next_look_ns_ = now.at_ns + kCheckNs;
  are_many_ = false;
  // More than may be under way were given up before; fewer than none were under way when the recording began.
  const std::int64_t more = beyond(now).all - idle_.all;
  if (mode == Mode::kFirst && (more < 0 || !is_small(more, 0))) idle_ = beyond(now);
}

// Over this check, and over all of them: what each alone would let pass must not add up.
bool OpenedConnections::agree(const Reading& now) {
  const auto counted = static_cast<std::uint64_t>(change(check_.counted.all, now.counted.all));
  const std::int64_t difference = beyond(now).all - beyond(check_).all;
  checked_ += counted;
  beyond_ += difference;
  return is_small(difference, counted) && is_small(beyond_, checked_);
}

void OpenedConnections::end_check(const Reading& now) {
  const std::uint64_t elapsed_ns = now.at_ns - check_.at_ns;
  const std::int64_t counted = change(check_.counted.all, now.counted.all);
  if (elapsed_ns < kCheckNs) return;
  if (counted < static_cast<std::int64_t>(kCheckedConnections) && elapsed_ns < kLongestCheckNs) {
    next_look_ns_ = now.at_ns + kCheckNs;
    return;
  }
  const bool are_few = is_rate_below(counted, elapsed_ns, mode_ == Mode::kFirst ? kMany : kFew);
  if (!agree(now)) {
    checked_ = 0;
    beyond_ = 0;
    rest_ns_ = kFirstRestNs;
    next_check_ns_ = now.at_ns + kLongestRestNs;
    count_again(now);
  } else if (are_few) {
    count_again(now);
  } else {
    // Those under way will be counted by nobody.
    if (mode_ == Mode::kFirst) {
      const Change unseen = under_way(idle_, beyond(now));
      owed_.all += unseen.all;
      owed_.elsewhere += unseen.elsewhere;
    }
    if (mode_ == Mode::kAgain) rest_ns_ = std::min(2 * rest_ns_, kLongestRestNs);
    next_check_ns_ = now.at_ns + rest_ns_;
    mode_ = Mode::kTold;
  }
}

void OpenedConnections::count_again(const Reading& now) {
  if (is_told()) {
    // Told as opened already, and to be counted when they are, or given up.
    const Change twice = under_way(beyond(check_), beyond(now));
    owed_.all -= twice.all;
    owed_.elsewhere -= twice.elsewhere;
    idle_ = {beyond(now).all - twice.all, beyond(now).elsewhere - twice.elsewhere};
  }
  mode_ = Mode::kCounted;
  polled_ns_ = now.at_ns;
  polled_ = now.counted.all;
}

}  // namespace socklock::collector
