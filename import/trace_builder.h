// SPDX-License-Identifier: GPL-2.0-or-later
// Makes a trace of what other tools recorded: ids, intervals, sums.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "proto/loss_counters.h"
#include "proto/trace_writer.h"
#include "proto/work_counters.h"

namespace socklock::imports {

struct ImportedFunction {
  std::string symbol;
  std::string module;  // empty: the kernel proper
  bool operator==(const ImportedFunction&) const = default;
  // Written out: libc++ before 17 has no <=> of strings.
  bool operator<(const ImportedFunction& other) const {
    return std::tie(symbol, module) < std::tie(other.symbol, other.module);
  }
};

struct ImportedWait {
  std::uint64_t end_ns = 0;  // since the start of the recording
  std::uint64_t wait_ns = 0;
  std::uint32_t lock = 0, stack = 0, thread = 0;  // ids that the builder gave
  std::uint16_t cpu = 0;
  std::uint16_t error = 0;   // errno that the wait gave up with
  std::uint8_t flags = 0;    // the kernel's LCB_F_* bits
  std::uint8_t context = 0;  // v1::Context
};

class TraceBuilder {
 public:
  explicit TraceBuilder(trace::TraceWriter& writer) : writer_(writer) {}

  // The same facts get the same id. Stacks: innermost frame first; an empty one is 0, "none". A name that is or holds
  // an address is none: texts of other tools may have addresses in any place.
  std::uint32_t lock(std::uint64_t address);
  // `address` tells locks of the same name apart; 0: not known.
  std::uint32_t lock_named(const std::string& name, std::uint64_t address = 0);
  std::uint32_t stack(const std::vector<ImportedFunction>& frames);
  std::uint32_t thread(std::uint32_t tid, std::uint32_t pid, const std::string& comm);

  void add(const ImportedWait& wait);
  // A single wait that stands for `weight` of those whose sums are added as rows.
  void add_sample(const ImportedWait& wait, std::uint32_t weight);
  // A row of sums without single events, of waits that are not known one by one.
  void add(trace::SummaryRow row);
  // How often a function was called; the run's level and its probes are the importer's to state.
  void add_calls(const std::string& name, std::uint16_t syscall, std::uint8_t context, std::uint64_t calls);
  // How long that function, or the lock that it names, was held; `hold.function` is filled in.
  void add_hold(const std::string& name, trace::HoldRow hold);
  void add_work(trace::WorkCounter counter, std::uint64_t value) { work_[counter] += value; }
  void count_lost(trace::LossReason reason, std::uint64_t count = 1) { losses_[reason] += count; }
  trace::v1::Pairing& pairing() { return pairing_; }

  // Writes what was added since the last cut; an error where the waits so far add up to more than 64 bits hold.
  Result<void> cut(std::uint64_t begin_ns, std::uint64_t end_ns);
  Result<void> finish(const trace::v1::Header& header, std::uint64_t duration_ns);

  [[nodiscard]] std::uint64_t contentions() const { return contentions_; }

 private:
  using RowKey = std::tuple<std::uint32_t, std::uint32_t, std::uint8_t, std::uint8_t>;  // stack, lock, context, flags

  std::uint32_t function(ImportedFunction function);
  void add_to_sum(std::uint64_t wait_ns);
  void add_work_and_calls(trace::v1::Interval& interval);
  Result<void> write_events();
  trace::v1::Summary take_summary();

  trace::TraceWriter& writer_;
  trace::v1::Dictionary added_;
  std::map<ImportedFunction, std::uint32_t> functions_;
  std::map<std::vector<std::uint32_t>, std::uint32_t> stacks_;
  std::unordered_map<std::uint64_t, std::uint32_t> locks_;
  std::map<std::pair<std::string, std::uint64_t>, std::uint32_t> named_locks_;
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::string>, std::uint32_t> threads_;
  std::vector<ImportedWait> waits_;
  std::vector<std::pair<ImportedWait, std::uint32_t>> samples_;                            // and what each stands for
  std::map<std::tuple<std::uint32_t, std::uint16_t, std::uint8_t>, std::uint64_t> calls_;  // function, syscall, context
  std::vector<trace::HoldRow> holds_;
  std::map<trace::WorkCounter, std::uint64_t> work_;
  std::vector<trace::SummaryRow> rows_;
  std::map<trace::LossReason, std::uint64_t> losses_;
  trace::v1::Pairing pairing_;
  std::uint32_t last_lock_ = 0;
  std::uint64_t contentions_ = 0, wait_ns_ = 0, events_ = 0, lost_ = 0;
  bool sums_fit_ = true;
};

}  // namespace socklock::imports
