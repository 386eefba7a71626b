// SPDX-License-Identifier: GPL-2.0-or-later
#include "import/perf_lock_sums.h"

#include <algorithm>
#include <array>
#include <utility>

#include "import/numbers.h"
#include "proto/rows.h"

namespace socklock::imports {
namespace {

std::string_view cell(const PerfLockRow& row, std::string_view name) {
  const auto found = row.find(name);
  return found == row.end() ? std::string_view() : std::string_view(found->second);
}

// "tcp_v4_rcv+0x1f"; with -v "0xffffffff81001234 tcp_v4_rcv+0x1f".
ImportedFunction function_of(std::string_view text) {
  text = text.substr(0, text.rfind("+0x"));
  if (const std::size_t blank = text.rfind(' '); blank != std::string_view::npos) text.remove_prefix(blank + 1);
  return {text.empty() || text.starts_with("0x") ? "[unnamed]" : std::string(text), ""};
}

// The caller alone, or the frames that follow it with -v, which begin with the functions of locking:
// "0xffffffff81 a+0x1:0xffffffff82 b+0x2".
std::vector<ImportedFunction> frames_of(const PerfLockRow& row) {
  std::vector<ImportedFunction> frames;
  std::string_view stack = cell(row, "stacktrace");
  while (!stack.empty()) {
    const std::size_t end = std::min(stack.find(':'), stack.size());
    if (stack.substr(0, end).find_first_not_of(' ') != std::string_view::npos)
      frames.push_back(function_of(stack.substr(0, end)));
    stack.remove_prefix(std::min(end + 1, stack.size()));
  }
  const std::string_view caller = cell(row, "caller");
  if (frames.empty() && !caller.empty()) frames.push_back(function_of(caller));
  return frames;
}

// perf lock report names the lock where the kernel has lockdep, and else the caller, which it cuts to 16 characters;
// all that it saw acquired was contended then.
bool is_caller(const PerfLockRow& row) {
  const std::string_view name = cell(row, "name"), acquired = cell(row, "acquired");
  return name.find("+0") != std::string_view::npos ||
         (name.ends_with("...") && acquired == cell(row, "contended") && acquired != "0");
}

}  // namespace

std::uint8_t flags_of_perf_type(std::string_view type) {
  constexpr std::array<std::pair<std::string_view, std::uint8_t>, 24> kTypes{
      {{"semaphore", 0},   {"spinlock", 1},        {"rwlock", 7},        {"rwlock:R", 3},      {"rwlock:W", 5},
       {"rwsem", 6},       {"rwsem:R", 2},         {"rwsem:W", 4},       {"rt-mutex", 8},      {"rt=mutex", 8},
       {"rtmutex", 8},     {"rwlock-rt", 14},      {"rwlock-rt:R", 10},  {"rwlock-rt:W", 12},  {"pcpu-sem", 22},
       {"pcpu-sem:R", 18}, {"pcpu-sem:W", 20},     {"percpu-rwsem", 22}, {"percpu-rwmem", 22}, {"percpu-rwsem:R", 18},
       {"mutex", 32},      {"percpu-rwsem:W", 20}, {"mutex-spin", 33},   {"mutex:spin", 33}}};
  const auto* const known =
      std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& entry) { return entry.first == type; });
  return known == kTypes.end() ? trace::kFlagKindUnknown : known->second;
}

bool PerfLockSums::add(const PerfLockRow& row) {
  for (const auto& [column, text] : row) columns_.insert(column);
  const auto contended = number(cell(row, "contended")), total_ns = number(cell(row, "total wait"));
  if (!contended || !total_ns) return false;
  ImportedSums sums;
  sums.contentions = *contended;
  sums.wait_ns = *total_ns;
  sums.min_ns = number(cell(row, "min wait"));
  sums.max_ns = number(cell(row, "max wait"));
  sums.flags = flags_of_perf_type(cell(row, "type"));
  sums.stack = builder_.stack(frames_of(row));
  add_lock(row, sums);
  add_thread(row, sums);
  return add_sums(builder_, sums);
}

void PerfLockSums::add_lock(const PerfLockRow& row, ImportedSums& sums) {
  const std::uint64_t address = number(cell(row, "address"), 16).value_or(0);
  const std::string symbol(cell(row, "symbol")), name(cell(row, "name"));
  if (!symbol.empty()) {
    sums.lock = builder_.lock_named(symbol, address);
  } else if (address != 0) {
    sums.lock = builder_.lock(address);
  }
  if (name.empty()) return;
  if (is_caller(row)) {
    sums.stack = builder_.stack({function_of(name.substr(0, name.rfind("+0")))});
    return;
  }
  sums.lock = builder_.lock_named(name);
  const auto acquired = number(cell(row, "acquired"));
  if (!acquired) return;
  builder_.add_calls("lock:" + name, 0, std::uint8_t{trace::v1::CONTEXT_TASK}, *acquired);
  acquired_.insert("lock:" + name);
}

// Sums by thread: single waits are not known, so one of the mean length stands for all of a thread.
void PerfLockSums::add_thread(const PerfLockRow& row, const ImportedSums& sums) {
  const auto tid = number(cell(row, "pid"));
  if (!tid || !row.contains("comm") || sums.contentions == 0 || sums.contentions > UINT32_MAX) return;
  ImportedWait wait;
  wait.wait_ns = wait.end_ns = sums.wait_ns / sums.contentions;
  wait.flags = sums.flags;
  std::string comm(cell(row, "comm"));
  if (comm == ":" + std::to_string(*tid)) comm.clear();  // perf knew no name
  wait.thread = builder_.thread(static_cast<std::uint32_t>(*tid), 0, comm);
  builder_.add_sample(wait, static_cast<std::uint32_t>(sums.contentions));
}

void PerfLockSums::count_lost(std::uint64_t lost) {
  if (lost == 0) return;
  builder_.count_lost(trace::LossReason::kImportLost, lost);
  lost_ += lost;
}

Result<ImportResult> PerfLockSums::finish(trace::v1::Header header, const ImportOptions& options,
                                          std::uint64_t skipped) {
  auto& recorder = *header.mutable_recorder();
  if (columns_.contains("caller") && !columns_.contains("stacktrace"))
    recorder.add_notes(
        "which function took a lock, for certain: perf names one that called it, some frames out (--stack-skip); "
        "perf lock contention -v prints the whole stack");
  if (columns_.contains("pid") && columns_.contains("comm"))
    recorder.add_notes("what was waited for: perf summed by thread (-t), so no wait has a class or a path");
  if (columns_.contains("owner"))
    recorder.add_notes("what was waited for, and by whom: perf summed by owner (-o), so no wait has a class or a path");
  if (columns_.contains("cgroup"))
    recorder.add_notes("what was waited for: perf summed by cgroup, so no wait has a class or a path");
  if (columns_.contains("address"))
    recorder.add_notes("who waited: perf summed by lock (-l), so waits have no call path, and a class only by name");
  if (!acquired_.empty()) {
    add_counting_probes(header, acquired_, "lockdep");
    recorder.set_level(2);
    header.mutable_knows()->set_acquisitions(true);
  }
  return finish_aggregates(builder_, header, options, lost_, skipped);
}

}  // namespace socklock::imports
