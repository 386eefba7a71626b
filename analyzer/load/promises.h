// SPDX-License-Identifier: GPL-2.0-or-later
// What the format promises of a whole trace (docs/trace-format.md): intervals follow each other without a gap, the
// footer's totals are those of the intervals, every begin of a wait is accounted for. Blocks have checksums of their
// own, so that one that is missing, or there twice, shows in these only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/load/run.h"
#include "socklock/trace/v1/footer.pb.h"

namespace socklock::analyzer {

// Sums that do not wrap: false, and nothing added, where they would.
class WaitTotals {
 public:
  bool add(std::uint64_t contentions, std::uint64_t wait_ns);
  [[nodiscard]] std::uint64_t contentions() const { return contentions_; }
  [[nodiscard]] std::uint64_t wait_ns() const { return wait_ns_; }

 private:
  std::uint64_t contentions_ = 0;
  std::uint64_t wait_ns_ = 0;
};

class Promises {
 public:
  void add_interval(std::uint64_t begin_ns, std::uint64_t end_ns);
  void add_footer(std::uint64_t offset_bytes, const trace::v1::Footer& footer);
  // What is broken of a trace that was read as a whole; of one with other damage nothing, for that explains it.
  [[nodiscard]] std::vector<Damage> broken(const Run& run, const WaitTotals& totals) const;

 private:
  struct Totals {
    std::uint64_t offset_bytes, contentions, wait_ns, events;
  };
  void check_footer(const Run& run, const WaitTotals& totals, std::vector<Damage>& broken) const;

  std::uint64_t next_begin_ns_ = 0;
  std::optional<std::string> gap_;
  std::optional<Totals> footer_;
};

}  // namespace socklock::analyzer
