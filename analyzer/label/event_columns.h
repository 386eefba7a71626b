// SPDX-License-Identifier: GPL-2.0-or-later
// Columns of single waits in as little memory as they take: a recording has millions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <unordered_map>
#include <vector>

namespace socklock::analyzer {

// Wait times, ns. Those of 4.29 s and more, of which there are few, are kept apart.
class WaitColumn {
 public:
  void push_back(std::uint64_t wait_ns) {
    if (wait_ns >= kApart) apart_.emplace(waits_ns_.size(), wait_ns);
    waits_ns_.push_back(wait_ns >= kApart ? kApart : static_cast<std::uint32_t>(wait_ns));
  }
  std::uint64_t operator[](std::size_t event) const {
    const std::uint32_t wait_ns = waits_ns_[event];
    return wait_ns == kApart ? apart_.at(event) : wait_ns;
  }
  [[nodiscard]] std::size_t size() const { return waits_ns_.size(); }
  void reserve(std::size_t events) { waits_ns_.reserve(events); }
  [[nodiscard]] std::uint64_t bytes() const {
    return waits_ns_.capacity() * sizeof(std::uint32_t) + apart_.size() * sizeof(*apart_.begin());
  }

 private:
  static constexpr std::uint32_t kApart = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::uint32_t> waits_ns_;
  std::unordered_map<std::size_t, std::uint64_t> apart_;
};

// How many waits each stands for: nothing is kept as long as that is one, as it is where nothing was sampled.
class WeightColumn {
 public:
  void push_back(std::uint32_t weight) {
    if (weights_.empty() && weight != 1) weights_.assign(size_, 1);
    if (weight != 1 || !weights_.empty()) weights_.push_back(weight);
    ++size_;
  }
  std::uint32_t operator[](std::size_t event) const { return weights_.empty() ? 1 : weights_[event]; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool are_all_1() const { return weights_.empty(); }
  [[nodiscard]] std::uint64_t bytes() const { return weights_.capacity() * sizeof(std::uint32_t); }

 private:
  std::vector<std::uint32_t> weights_;
  std::size_t size_ = 0;
};

}  // namespace socklock::analyzer
