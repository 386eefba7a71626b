// SPDX-License-Identifier: GPL-2.0-or-later
#include "import/trace_builder.h"

#include <algorithm>

#include "base/wait_buckets.h"

namespace socklock::imports {
namespace {

trace::SummaryRow row_of(const ImportedWait& wait) {
  trace::SummaryRow row;
  row.lock = wait.lock;
  row.stack = wait.stack;
  row.context = wait.context;
  row.flags = wait.flags;
  row.wait_min_ns = UINT64_MAX;
  return row;
}

void add_wait(trace::SummaryRow& row, std::map<std::uint16_t, std::uint32_t>& cells, const ImportedWait& wait) {
  row.contentions += 1;
  row.gave_up += wait.error != 0 ? 1 : 0;
  row.wait_ns += wait.wait_ns;
  row.wait_min_ns = std::min(row.wait_min_ns, wait.wait_ns);
  row.wait_max_ns = std::max(row.wait_max_ns, wait.wait_ns);
  ++cells[static_cast<std::uint16_t>(socklock_wait_bucket(wait.wait_ns))];
}

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// "0x" and six or more hexadecimal digits, or twelve digits of which some are no letters: no name of a kernel's is so.
bool has_address(const std::string& name) {
  if (name.starts_with("bpf_")) return false;  // bpf_prog_6deef7357e7b4530: a program's tag
  constexpr std::size_t kWithPrefix = 6, kAlone = 12;
  std::size_t digits = 0;
  bool has_prefix = false, has_figure = false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (!is_hex(name[i])) {
      has_prefix = (name[i] == 'x' || name[i] == 'X') && i > 0 && name[i - 1] == '0';
      digits = 0;
      has_figure = false;
      continue;
    }
    ++digits;
    has_figure = has_figure || (name[i] >= '0' && name[i] <= '9');
    if (digits >= (has_prefix ? kWithPrefix : kAlone) && (has_prefix || has_figure)) return true;
  }
  return false;
}

}  // namespace

std::uint32_t TraceBuilder::lock(std::uint64_t address) {
  const auto [entry, is_new] = locks_.try_emplace(address, last_lock_ + 1);
  if (is_new) {
    auto& added = *added_.add_locks();
    added.set_id(++last_lock_);
    added.set_address(address);
    added.set_kind(trace::v1::LOCK_FACT_UNRESOLVED);
  }
  return entry->second;
}

std::uint32_t TraceBuilder::lock_named(const std::string& name, std::uint64_t address) {
  if (has_address(name)) return address == 0 ? 0 : lock(address);
  const auto [entry, is_new] = named_locks_.try_emplace({name, address}, last_lock_ + 1);
  if (is_new) {
    auto& added = *added_.add_locks();
    added.set_id(++last_lock_);
    added.set_kind(trace::v1::LOCK_FACT_SYMBOL);
    added.set_address(address);
    added.set_symbol(name);
  }
  return entry->second;
}

std::uint32_t TraceBuilder::function(ImportedFunction function) {
  if (has_address(function.symbol)) function.symbol = "[unnamed]";
  if (has_address(function.module)) function.module.clear();
  const auto [entry, is_new] = functions_.try_emplace(function, static_cast<std::uint32_t>(functions_.size() + 1));
  if (is_new) {
    auto& added = *added_.add_functions();
    added.set_id(entry->second);
    added.set_symbol(function.symbol);
    added.set_module(function.module);
  }
  return entry->second;
}

std::uint32_t TraceBuilder::stack(const std::vector<ImportedFunction>& frames) {
  if (frames.empty()) return 0;
  std::vector<std::uint32_t> ids;
  ids.reserve(frames.size());
  for (const ImportedFunction& frame : frames) ids.push_back(function(frame));
  const auto [entry, is_new] = stacks_.try_emplace(std::move(ids), static_cast<std::uint32_t>(stacks_.size() + 1));
  if (is_new) {
    auto& added = *added_.add_stacks();
    added.set_id(entry->second);
    added.mutable_functions()->Add(entry->first.begin(), entry->first.end());
  }
  return entry->second;
}

std::uint32_t TraceBuilder::thread(std::uint32_t tid, std::uint32_t pid, const std::string& comm) {
  const auto [entry, is_new] = threads_.try_emplace({tid, pid, comm}, static_cast<std::uint32_t>(threads_.size() + 1));
  if (is_new) {
    auto& added = *added_.add_threads();
    added.set_id(entry->second);
    added.set_tid(tid);
    added.set_pid(pid);
    added.set_comm(comm);
  }
  return entry->second;
}

void TraceBuilder::add(const ImportedWait& wait) {
  waits_.push_back(wait);
  contentions_ += 1;
  add_to_sum(wait.wait_ns);
}

void TraceBuilder::add_sample(const ImportedWait& wait, std::uint32_t weight) { samples_.emplace_back(wait, weight); }

void TraceBuilder::add_calls(const std::string& name, std::uint16_t syscall, std::uint8_t context,
                             std::uint64_t calls) {
  calls_[{function({name, ""}), syscall, context}] += calls;
}

void TraceBuilder::add_hold(const std::string& name, trace::HoldRow hold) {
  hold.function = function({name, ""});
  holds_.push_back(std::move(hold));
}

void TraceBuilder::add(trace::SummaryRow row) {
  contentions_ += row.contentions;
  add_to_sum(row.wait_ns);
  rows_.push_back(std::move(row));
}

Result<void> TraceBuilder::write_events() {
  std::vector<std::pair<ImportedWait, std::uint32_t>> events = std::exchange(samples_, {});
  for (const ImportedWait& wait : waits_) events.emplace_back(wait, 1);
  std::stable_sort(events.begin(), events.end(),
                   [](const auto& a, const auto& b) { return a.first.end_ns < b.first.end_ns; });
  trace::EventColumns columns;
  columns.reserve(events.size());
  for (const auto& [wait, weight] : events) {
    columns.end_ns.push_back(wait.end_ns);
    columns.wait_ns.push_back(wait.wait_ns);
    columns.lock.push_back(wait.lock);
    columns.stack.push_back(wait.stack);
    columns.thread.push_back(wait.thread);
    columns.cpu.push_back(wait.cpu);
    columns.flags.push_back(wait.flags);
    columns.context.push_back(wait.context);
    columns.weight.push_back(weight);
    columns.error.push_back(wait.error);
    columns.syscall.push_back(0);
    columns.stack_weight.push_back(0);
  }
  events_ += columns.size();
  return columns.size() == 0 ? Result<void>() : writer_.write(columns);
}

trace::v1::Summary TraceBuilder::take_summary() {
  std::map<RowKey, std::pair<trace::SummaryRow, std::map<std::uint16_t, std::uint32_t>>> sums;
  for (const ImportedWait& wait : waits_) {
    auto& [row, cells] = sums.try_emplace({wait.stack, wait.lock, wait.context, wait.flags}, row_of(wait),
                                          std::map<std::uint16_t, std::uint32_t>())
                             .first->second;
    add_wait(row, cells, wait);
  }
  std::vector<trace::SummaryRow> rows = std::exchange(rows_, {});
  for (auto& [key, sum] : sums) {
    for (const auto& [bucket, count] : sum.second) sum.first.cells.push_back({bucket, count});
    rows.push_back(std::move(sum.first));
  }
  waits_.clear();
  return trace::encode(rows);
}

void TraceBuilder::add_work_and_calls(trace::v1::Interval& interval) {
  for (const auto& [counter, value] : std::exchange(work_, {})) {
    auto& work = *interval.add_work();
    work.set_id(static_cast<std::uint32_t>(counter));
    work.set_value(value);
  }
  std::vector<trace::CallRow> rows;
  for (const auto& [key, calls] : std::exchange(calls_, {}))
    rows.push_back({std::get<0>(key), 0, std::get<1>(key), std::get<2>(key), calls});
  if (!rows.empty()) *interval.mutable_calls() = trace::encode(rows);
  if (!holds_.empty()) *interval.mutable_holds() = trace::encode(std::exchange(holds_, {}));
}

void TraceBuilder::add_to_sum(std::uint64_t wait_ns) {
  sums_fit_ = !__builtin_add_overflow(wait_ns_, wait_ns, &wait_ns_) && sums_fit_;
}

Result<void> TraceBuilder::cut(std::uint64_t begin_ns, std::uint64_t end_ns) {
  if (!sums_fit_)
    return fail(
        {"waits add up to more than 584 years: some of their lengths can't be right", "", "", ExitCode::kBadInput});
  trace::v1::Interval interval;
  interval.set_begin_ns(begin_ns);
  interval.set_end_ns(end_ns);
  if (added_.ByteSizeLong() > 0) SOCKLOCK_TRY(writer_.write(added_));
  added_.Clear();
  SOCKLOCK_TRY(write_events());
  *interval.mutable_summary() = take_summary();
  add_work_and_calls(interval);
  *interval.mutable_pairing() = std::exchange(pairing_, {});
  for (const auto& [reason, count] : losses_) {
    auto& loss = *interval.add_losses();
    loss.set_id(static_cast<std::uint32_t>(reason));
    loss.set_value(count);
    const trace::LossInfo* info = trace::find_loss(loss.id());
    if (info->severity == trace::LossSeverity::kTotals) lost_ += count;
  }
  losses_.clear();
  return writer_.write(interval);
}

Result<void> TraceBuilder::finish(const trace::v1::Header& header, std::uint64_t duration_ns) {
  trace::v1::Footer footer;
  footer.set_contentions(contentions_);
  footer.set_wait_ns(wait_ns_);
  footer.set_events(events_);
  footer.set_lost(lost_);
  footer.set_duration_ns(duration_ns);
  *footer.mutable_header() = header;
  return writer_.finish(std::move(footer));
}

}  // namespace socklock::imports
