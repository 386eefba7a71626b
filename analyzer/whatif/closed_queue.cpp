// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/whatif/closed_queue.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <deque>
#include <queue>

namespace socklock::analyzer {
namespace {

// splitmix64 (Steele, Lea, Flood 2014): small, and the same everywhere, unlike the distributions of <random>.
class Stream {
 public:
  Stream(std::uint64_t seed, std::uint64_t number) : state_(mixed(seed) ^ mixed(number * 2 + 1)) {}
  // From 0 to below 1.
  double next() { return static_cast<double>(mixed(state_ += kStep) >> 11U) * 0x1p-53; }

 private:
  static constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15;
  static std::uint64_t mixed(std::uint64_t z) {
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EB;
    return z ^ (z >> 31U);
  }
  std::uint64_t state_;
};

// What a customer does next, drawn before it comes: the same whatever the queue is like.
struct Visit {
  std::size_t part = 0;
  std::size_t lock = 0;
  double hold_ns = 0;
  bool takes_lock = true;
};

class Simulation {
 public:
  Simulation(const ClosedQueue& queue, std::uint64_t visits, std::uint64_t seed)
      : queue_(queue), warmup_(visits / 10), visits_(visits), locks_(std::max(1U, queue.locks)) {
    result_.parts.resize(queue.parts.size());
    for (unsigned i = 0; i < queue.customers; ++i) {
      customers_.push_back({Stream(seed, i), {}, 0, false, false});
      think(i, 0);
    }
  }

  QueueResult run() {
    double now = 0, counted_from = 0;
    while (done_ < warmup_ + visits_ && !events_.empty()) {
      const Event event = events_.top();
      events_.pop();
      now = event.at_ns;
      handle(event);
      if (done_ <= warmup_) counted_from = now;
    }
    result_.elapsed_ns = now - counted_from;
    return std::move(result_);
  }

 private:
  enum class Kind : std::uint8_t { kComes, kReleases, kRuns };
  struct Event {
    double at_ns = 0;
    std::uint64_t number = 0;  // of two at one time the earlier made comes first
    std::size_t customer = 0;
    Kind kind = Kind::kComes;
    bool operator<(const Event& other) const {
      return at_ns != other.at_ns ? at_ns > other.at_ns : number > other.number;
    }
  };
  struct Customer {
    Stream stream;
    Visit visit;
    double came_ns = 0;
    bool waited = false;
    bool is_reported = false;
  };
  struct Lock {
    bool is_held = false;
    std::deque<std::size_t> waiting;
    std::size_t on_their_way = 0;  // woken, and not running yet
  };

  void at(double ns, std::size_t customer, Kind kind) { events_.push({ns, numbers_++, customer, kind}); }

  void think(std::size_t i, double now) {
    Customer& customer = customers_[i];
    // Always as many numbers, and in this order.
    const double thinking = customer.stream.next(), part = customer.stream.next(), lock = customer.stream.next(),
                 hold = customer.stream.next(), kept = customer.stream.next();
    Visit& visit = customer.visit;
    visit.part = part_at(part);
    visit.lock = static_cast<std::size_t>(lock * static_cast<double>(locks_.size()));
    visit.hold_ns = queue_.parts[visit.part].holds.at(hold) * queue_.parts[visit.part].hold_factor;
    visit.takes_lock = kept < queue_.parts[visit.part].keep;
    at(now - queue_.think_ns * std::log1p(-thinking), i, Kind::kComes);
  }

  [[nodiscard]] std::size_t part_at(double u) const {
    std::size_t part = 0;
    for (; part + 1 < queue_.parts.size() && u >= queue_.parts[part].share; ++part) u -= queue_.parts[part].share;
    return part;
  }

  void handle(const Event& event) {
    switch (event.kind) {
      case Kind::kComes: return comes(event.customer, event.at_ns);
      case Kind::kReleases: return releases(event.customer, event.at_ns);
      case Kind::kRuns: return runs(event.customer, event.at_ns);
    }
  }

  void comes(std::size_t i, double now) {
    Customer& customer = customers_[i];
    customer.came_ns = now;
    customer.waited = false;
    if (!customer.visit.takes_lock) {
      count(customer, now);
      return think(i, now + (queue_.spends_skipped_holds ? customer.visit.hold_ns : 0));
    }
    Lock& lock = locks_[customer.visit.lock];
    if (!lock.is_held) return takes(i, now);
    customer.waited = true;
    customer.is_reported = queue_.sees_first_waiter || !lock.waiting.empty();
    lock.waiting.push_back(i);
  }

  void takes(std::size_t i, double now) {
    Customer& customer = customers_[i];
    locks_[customer.visit.lock].is_held = true;
    count(customer, now);
    at(now + customer.visit.hold_ns, i, Kind::kReleases);
  }

  void count(const Customer& customer, double now) {
    if (++done_ <= warmup_) return;
    PartResult& part = result_.parts[customer.visit.part];
    ++part.visits;
    if (!customer.waited || !customer.is_reported) return;
    ++part.waits;
    part.wait_ns += now - customer.came_ns;
  }

  void releases(std::size_t i, double now) {
    Lock& lock = locks_[customers_[i].visit.lock];
    if (lock.waiting.empty()) {
      lock.is_held = false;
    } else {
      const std::size_t next = lock.waiting.front();
      lock.waiting.pop_front();
      if (queue_.wake_ns <= 0 || queue_.order == Order::kFifo) {
        // The lock is the next one's from now on, and idle until that one runs.
        lock.is_held = true;
        at(now + queue_.wake_ns, next, Kind::kRuns);
      } else {
        lock.is_held = false;
        ++lock.on_their_way;
        at(now + queue_.wake_ns, next, Kind::kRuns);
      }
    }
    think(i, now);
  }

  void runs(std::size_t i, double now) {
    Lock& lock = locks_[customers_[i].visit.lock];
    if (lock.on_their_way > 0) {
      --lock.on_their_way;
      // Somebody was quicker: back to the end of the queue, as prepare_to_wait_exclusive() puts it.
      if (lock.is_held) return lock.waiting.push_back(i);
    }
    takes(i, now);
  }

  const ClosedQueue& queue_;
  std::uint64_t warmup_, visits_, done_ = 0, numbers_ = 0;
  std::vector<Customer> customers_;
  std::vector<Lock> locks_;
  std::priority_queue<Event> events_;
  QueueResult result_;
};

}  // namespace

PartResult QueueResult::all() const {
  PartResult all;
  for (const PartResult& part : parts) {
    all.visits += part.visits;
    all.waits += part.waits;
    all.wait_ns += part.wait_ns;
  }
  return all;
}

double QueueResult::mean_wait_ns() const {
  const PartResult sum = all();
  return sum.visits == 0 ? 0 : sum.wait_ns / static_cast<double>(sum.visits);
}

double QueueResult::waits_per_visit() const {
  const PartResult sum = all();
  return sum.visits == 0 ? 0 : static_cast<double>(sum.waits) / static_cast<double>(sum.visits);
}

QueueResult simulate(const ClosedQueue& queue, std::uint64_t visits, std::uint64_t seed) {
  return Simulation(queue, visits, seed).run();
}

MeanValue mean_value(const MeanValueInput& input) {
  MeanValue value;
  const double locks = std::max(1U, input.locks);
  double at_lock = 0, held = 0;  // customers at a lock, and the share of time that it is held, with one customer less
  for (unsigned k = 1; k <= input.customers; ++k) {
    value.finds_held = held;
    value.wait_ns = std::max(0.0, at_lock - held) * input.hold_ns + held * input.residual_ns;
    const double cycle_ns = input.think_ns + input.hold_ns + value.wait_ns;
    value.visits_per_ns = cycle_ns > 0 ? k / cycle_ns : 0;
    at_lock = value.visits_per_ns * (input.hold_ns + value.wait_ns) / locks;
    held = std::min(1.0, value.visits_per_ns * input.hold_ns / locks);
  }
  return value;
}

}  // namespace socklock::analyzer
