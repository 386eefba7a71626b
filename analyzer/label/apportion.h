// SPDX-License-Identifier: GPL-2.0-or-later
// Whole numbers split by shares, so that over many splits every share gets what is its own.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace socklock::analyzer {

class Apportioner {
 public:
  // Shares add up to 1.
  explicit Apportioner(std::vector<double> shares);

  // Parts of `count`, one a share, that add up to it. What rounding owes one share it gets next time.
  // `favour`, if not empty, is added to what each is owed when the last units are dealt out.
  std::vector<std::uint64_t> split(std::uint64_t count, std::span<const double> favour = {});

 private:
  std::vector<double> shares_;
  std::vector<double> owed_;
};

}  // namespace socklock::analyzer
