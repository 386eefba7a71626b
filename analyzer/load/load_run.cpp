// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/load/load_run.h"
#include "analyzer/load/kernel_stack.h"

#include <algorithm>
#include <map>
#include <optional>
#include <variant>

#include "analyzer/load/dictionary_builder.h"
#include "analyzer/load/flat_index.h"
#include "analyzer/load/level2_builder.h"
#include "analyzer/load/promises.h"
#include "analyzer/load/run.h"
#include "analyzer/load/wait_table_builder.h"
#include "import/importers.h"
#include "proto/loss_counters.h"
#include "proto/rows.h"
#include "proto/trace_reader.h"
#include "proto/work_counters.h"

namespace socklock::analyzer {
namespace {

namespace v1 = trace::v1;

using trace::is_untimed;

WaitSums untimed(std::uint64_t contentions, std::uint64_t gave_up) {
  WaitSums sums;
  sums.contentions = sums.untimed = contentions;
  sums.gave_up = gave_up;
  return sums;
}

SpinlockMode spinlock_mode(v1::SpinlockMode mode) {
  switch (mode) {
    case v1::SPINLOCK_MODE_PV: return SpinlockMode::kPv;
    case v1::SPINLOCK_MODE_NATIVE: return SpinlockMode::kNative;
    case v1::SPINLOCK_MODE_TEST_AND_SET: return SpinlockMode::kTestAndSet;
    default: return SpinlockMode::kUnknown;
  }
}

// Traces that an older socklock imported don't say it themselves.
trace::Knows knows_of(const v1::Header& header) {
  if (header.has_knows()) return trace::decode(header.knows());
  const imports::Importer* importer = imports::importer_named(header.origin());
  return importer == nullptr ? trace::Knows() : importer->knows;
}

RunFacts facts_of(const v1::Header& header) {
  RunFacts facts;
  facts.run_id = header.run_id();
  facts.label = header.label();
  facts.wall_start_ns = header.wall_start_ns();
  facts.interval_ns = header.interval_ns();
  const auto& host = header.host();
  facts.host = {host.name(),      host.kernel_release(), host.kernel_build(), host.machine(),
                host.cpu_model(), host.boot_id(),        host.cpus_online(),  host.memory_bytes()};
  facts.recorder_version = header.recorder().version();
  facts.level = header.recorder().level();
  for (const auto& probe : header.recorder().probes())
    facts.probes.push_back({probe.name(), probe.attached(), probe.reason(), probe.remedy(), probe.counts_calls(),
                            probe.method(), probe.absent(), probe.measures_holds(), probe.run_count(),
                            probe.run_time_ns()});
  facts.notes.assign(header.recorder().notes().begin(), header.recorder().notes().end());
  const auto& workload = header.workload();
  facts.workload.argv.assign(workload.argv().begin(), workload.argv().end());
  facts.workload.finished = workload.finished();
  facts.workload.exit_status = workload.exit_status();
  facts.workload.filter = workload.filter();
  for (const auto& work : workload.stated()) facts.workload.stated[work.name()] = work.count();
  facts.spinlock_mode = spinlock_mode(header.spinlock_mode());
  facts.origin = header.origin();
  facts.work_rules = header.recorder().work_rules();
  facts.knows = knows_of(header);
  facts.stacks_sampled = header.recorder().stacks() == "sampled";
  facts.cpu_profile_hz = header.recorder().cpu_profile_hz();
  facts.max_overhead_percent = header.recorder().max_overhead_percent();
  return facts;
}

void count_work(Work& work, std::uint32_t id, std::uint64_t value) {
  using enum trace::WorkCounter;
  switch (static_cast<trace::WorkCounter>(id)) {
    case kConnectionsActive: work.connections_active += value; break;
    case kConnectionsPassive: work.connections_passive += value; break;
    case kConnectionsClosed: work.connections_closed += value; break;
    case kSendOperations: work.send_operations += value; break;
    case kSendBytes: work.send_bytes += value; break;
    case kReceiveOperations: work.receive_operations += value; break;
    case kReceiveBytes: work.receive_bytes += value; break;
    case kStated: work.stated += value; break;
    case kElsewhereActive: work.elsewhere_active += value; break;
    case kElsewherePassive: work.elsewhere_passive += value; break;
    case kSegmentsReceived: work.segments_received += value; break;
    case kSegmentsSent: work.segments_sent += value; break;
    case kDatagramsReceived: work.datagrams_received += value; break;
    case kDatagramsSent: work.datagrams_sent += value; break;
  }
}

// A part of them would be taken for all.
void forget_operations(Work& work) {
  work.send_operations = work.send_bytes = work.receive_operations = work.receive_bytes = 0;
}

Work work_of(const v1::Interval& interval) {
  Work work;
  for (const auto& counter : interval.work()) count_work(work, counter.id(), counter.value());
  const auto& cpu = interval.host_cpu();
  work.cpu_busy_ns = cpu.user_ns() + cpu.system_ns() + cpu.softirq_ns() + cpu.irq_ns();
  return work;
}

// The waits of a row that were sampled are taken to stand for equally many each, and to be as long as the
// others of the row: rows are of one interval, in which the rate does not change.
StackSample sample_of(const trace::SummaryRow& row) {
  double squares = 0, count = 0;
  for (const auto& cell : row.cells) {
    const double wait = bucket_middle(cell.bucket);
    squares += wait * wait * cell.count;
    count += cell.count;
  }
  StackSample sample;
  sample.sampled = row.sampled;
  sample.weight = static_cast<double>(row.stack_weight);
  sample.weight_squares = sample.weight * sample.weight / row.sampled;
  sample.wait = static_cast<double>(row.weighted_wait_ns);
  sample.wait_squares = count == 0 ? 0 : sample.weight_squares * squares / count;
  return sample;
}

StackSample sample_of(std::uint64_t wait_ns, std::uint64_t stack_weight) {
  const auto weight = static_cast<double>(stack_weight);
  const double wait = weight * static_cast<double>(wait_ns);
  return {1, weight, weight * weight, wait, wait * wait};
}

// A loss that only informs is none of the interval's.
bool is_missing(std::uint32_t reason) {
  const trace::LossInfo* info = trace::find_loss(reason);
  return info == nullptr || info->severity != trace::LossSeverity::kInfo;
}

// A distinct row of waits with its histogram and what finds it.
constexpr std::uint64_t kBytesPerDistinctRow = 320;
// What kernels count in /proc/net/snmp and netstat is some 400, and losses have fewer reasons.
constexpr std::size_t kMostHostCounters = 1U << 14;
constexpr std::size_t kMostLosses = 256;

class RunLoader {
 public:
  RunLoader(const std::string& path, const LoadOptions& options, std::uint64_t budget_bytes)
      : source_(options.source), range_(options.range), most_rows_(budget_bytes / kBytesPerDistinctRow) {
    run_.path = path;
    run_.budget_bytes = options.budget_bytes;
  }

  void add(v1::Header&& header) {
    if (!has_header_) run_.facts = facts_of(header);
    has_header_ = true;
  }
  void add(v1::Dictionary&& dictionary) { dictionaries_.add(dictionary); }
  void add(v1::Footer&& footer) {
    run_.closed = true;
    promises_.add_footer(offset_, footer);
    // The header as it was at the end: with the workload's exit status.
    if (footer.has_header()) run_.facts = facts_of(footer.header());
  }
  void add(v1::Interval&& message);
  void add(v1::Events&& message);

  void damaged(std::uint64_t offset, const std::string& what, std::uint64_t bytes = 0) {
    run_.damage.push_back({offset, bytes, what});
  }
  // After all blocks, and all damage that the reader met.
  void check_promises() {
    if (range_) return;
    for (Damage& broken : promises_.broken(run_, totals_)) run_.damage.push_back(std::move(broken));
  }
  [[nodiscard]] bool has_header() const { return has_header_ || run_.closed; }
  void at(std::uint64_t offset) { offset_ = offset; }
  Run finish() &&;

 private:
  void add_summary();
  void count_losses(const v1::Interval& message, Interval& interval);
  void count_pairing(const v1::Pairing& pairing);
  void count_host_counters(const v1::Interval& message);
  [[nodiscard]] bool is_wanted(std::uint64_t at_ns) const {
    return !range_ || (at_ns >= range_->begin_ns && at_ns < range_->end_ns);
  }

  // False where there are as many rows as the budget holds: what follows is left out.
  bool has_room(const char* what);
  // False where sums would no longer fit; nothing is added then.
  bool add_to_totals(const v1::Interval& message);

  Run run_;
  Promises promises_;
  WaitTotals totals_, event_totals_;
  RowSource source_;
  std::optional<TimeRange> range_;
  std::size_t most_rows_;
  DictionaryBuilder dictionaries_;
  WaitTableBuilder waits_;
  trace::EventColumns columns_;
  std::vector<trace::SummaryRow> summary_;
  Level2Builder level2_;
  std::vector<std::map<std::string, std::uint64_t>::iterator> last_counters_;  // in the order of the last interval
  std::uint64_t offset_ = 0;
  bool has_header_ = false;
};

void RunLoader::add(v1::Interval&& message) {
  if (const auto decoded = trace::decode(message.summary(), summary_); !decoded) {
    damaged(offset_, "interval left out: " + decoded.error().message());
    return;
  }
  if (message.end_ns() < message.begin_ns()) {
    damaged(offset_, "interval left out: it ends before it begins");
    return;
  }
  if (!add_to_totals(message)) {
    damaged(offset_, "interval left out: its sums are too large");
    return;
  }
  if (!has_room("interval left out")) return;
  if (!is_wanted(message.begin_ns() + (message.end_ns() - message.begin_ns()) / 2)) return;
  Interval interval;
  interval.begin_ns = message.begin_ns();
  interval.end_ns = message.end_ns();
  interval.work = work_of(message);
  interval.first_wait = run_.interval_waits.size();
  if (source_ == RowSource::kSummaries) add_summary();
  interval.wait_count = run_.interval_waits.size() - interval.first_wait;
  count_losses(message, interval);
  count_pairing(message.pairing());
  if (const auto added = level2_.add(message, dictionaries_); !added)
    damaged(offset_, "calls, holds or holders left out: " + added.error().message());
  count_host_counters(message);
  if (run_.intervals.empty() || interval.begin_ns < run_.begin_ns) run_.begin_ns = interval.begin_ns;
  run_.end_ns = std::max(run_.end_ns, interval.end_ns);
  run_.work.add(interval.work);
  run_.steal_ns += message.host_cpu().steal_ns();
  run_.recorder_cpu_ns += message.recorder_cpu_ns();
  run_.bpf_run_time_ns += message.bpf_run_time_ns();
  run_.bpf_timed_ns += message.bpf_timed_ns();
  run_.bpf_work_ns += message.bpf_work_ns();
  run_.bpf_switches_ns += message.bpf_switches_ns();
  run_.operations_stopped |= message.operations_stopped();
  run_.events_left_out += message.events_left_out();
  run_.stacks_checked += message.stacks_checked();
  run_.stacks_disagreed += message.stacks_disagreed();
  run_.recorder_rss_bytes = std::max(run_.recorder_rss_bytes, message.recorder_rss_bytes());
  run_.intervals.push_back(interval);
}

bool RunLoader::has_room(const char* what) {
  if (waits_.rows() <= most_rows_) return true;
  damaged(offset_, std::string(what) + ": more waits of different kinds than a trace of this size may have");
  return false;
}

bool RunLoader::add_to_totals(const v1::Interval& message) {
  WaitTotals of_interval;
  for (const trace::SummaryRow& row : summary_)
    if (!of_interval.add(row.contentions, row.wait_ns)) return false;
  promises_.add_interval(message.begin_ns(), message.end_ns());
  return totals_.add(of_interval.contentions(), of_interval.wait_ns());
}

void RunLoader::add_summary() {
  for (const trace::SummaryRow& row : summary_) {
    const std::uint32_t number = waits_.row({dictionaries_.lock(row.lock), dictionaries_.stack(row.stack), kNoThread,
                                             row.syscall, kernel_stack(row.context), row.flags});
    if (is_untimed(row.flags)) {
      waits_.add(number, untimed(row.contentions, row.gave_up));
    } else {
      waits_.add(number, {row.contentions, row.gave_up, row.wait_ns, row.wait_min_ns, row.wait_max_ns, 0});
      for (const auto& cell : row.cells) waits_.add_cell(number, cell.bucket, cell.count);
    }
    if (row.sampled > 0) waits_.add_sample(number, sample_of(row));
    run_.interval_waits.push_back({number, row.contentions, is_untimed(row.flags) ? 0 : row.wait_ns});
  }
}

void RunLoader::count_losses(const v1::Interval& message, Interval& interval) {
  for (const auto& loss : message.losses()) {
    if (is_missing(loss.id())) interval.lost += loss.value();
    const auto found = std::find_if(run_.losses.begin(), run_.losses.end(),
                                    [&loss](const Loss& known) { return known.reason == loss.id(); });
    if (found == run_.losses.end() && run_.losses.size() == kMostLosses)
      return damaged(offset_, "losses left out: more reasons than there are");
    if (found == run_.losses.end())
      run_.losses.push_back({loss.id(), loss.value()});
    else
      found->count += loss.value();
  }
}

void RunLoader::count_pairing(const v1::Pairing& pairing) {
  run_.pairing.begins += pairing.begins();
  run_.pairing.ends += pairing.ends();
  run_.pairing.matched += pairing.matched();
  run_.pairing.doubled_begins += pairing.doubled_begins();
  run_.pairing.self += pairing.self();
  run_.pairing.filtered += pairing.filtered();
  run_.pairing.unmatched_ends += pairing.unmatched_ends();
  run_.pairing.open += pairing.open();
}

// Every interval names the same counters in the same order, most of the time: each is looked for where it was last.
void RunLoader::count_host_counters(const v1::Interval& message) {
  if (run_.host_counters.size() + static_cast<std::size_t>(message.host_counters_size()) > 2 * kMostHostCounters) {
    damaged(offset_, "counters of the host left out: more than a kernel has");
    return;
  }
  last_counters_.resize(static_cast<std::size_t>(message.host_counters_size()), run_.host_counters.end());
  auto found = last_counters_.begin();
  for (const auto& counter : message.host_counters()) {
    if (*found == run_.host_counters.end() || (*found)->first != counter.name())
      *found = run_.host_counters.try_emplace(counter.name()).first;
    (*found++)->second += counter.value();
  }
}

void RunLoader::add(v1::Events&& message) {
  if (source_ == RowSource::kSummaries) {
    run_.events += message.rows();
    return;
  }
  if (!has_room("events left out")) return;
  if (const auto decoded = trace::decode(message, columns_); !decoded) {
    damaged(offset_, "events left out: " + decoded.error().message());
    return;
  }
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::uint64_t wait_ns = 0;
    if (!__builtin_mul_overflow(columns_.wait_ns[i], std::uint64_t{columns_.weight[i]}, &wait_ns) &&
        event_totals_.add(columns_.weight[i], wait_ns))
      continue;
    damaged(offset_, "events left out: their sums are too large");
    return;
  }
  run_.events += columns_.size();
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (!is_wanted(columns_.end_ns[i])) continue;
    const std::uint32_t row = waits_.row({dictionaries_.lock(columns_.lock[i]), dictionaries_.stack(columns_.stack[i]),
                                          dictionaries_.thread(columns_.thread[i]), columns_.syscall[i],
                                          kernel_stack(columns_.context[i]), columns_.flags[i]});
    if (columns_.stack_weight[i] > 0) waits_.add_sample(row, sample_of(columns_.wait_ns[i], columns_.stack_weight[i]));
    const bool gave_up = columns_.error[i] != 0;
    if (is_untimed(columns_.flags[i]))
      waits_.add(row, untimed(columns_.weight[i], gave_up ? columns_.weight[i] : 0));
    else
      waits_.add_wait(row, columns_.wait_ns[i], columns_.weight[i], gave_up);
  }
}

Run RunLoader::finish() && {
  if (run_.operations_stopped) {
    forget_operations(run_.work);
    for (Interval& interval : run_.intervals) forget_operations(interval.work);
  }
  std::move(level2_).build(run_);
  run_.unknown_ids = dictionaries_.bad_ids();
  run_.dictionaries = dictionaries_.take();
  run_.waits = std::move(waits_).build();
  return std::move(run_);
}

}  // namespace

Result<Run> load_run(const std::string& path, RowSource source) {
  return load_run(path, LoadOptions{.source = source});
}

Result<Run> load_run(const std::string& path, const LoadOptions& options) {
  SOCKLOCK_TRY_ASSIGN(auto reader, trace::TraceReader::open(path));
  if (options.budget_bytes != 0) reader.set_budget(options.budget_bytes);
  RunLoader loader(path, options, reader.budget_bytes());
  if (options.source == RowSource::kSummaries) reader.only_count_events();
  while (auto block = reader.next()) {
    if (options.progress && !options.progress(reader.position_bytes()))
      return fail({kCancelled, "'" + path + "'", "", ExitCode::kBadInput});
    loader.at(block->offset_bytes);
    std::visit([&loader](auto&& message) { loader.add(std::forward<decltype(message)>(message)); },
               std::move(block->message));
    reader.reuse(*std::move(block));
  }
  if (!loader.has_header()) {
    const auto& damage = reader.damage();
    return fail({"no block of the trace can be read",
                 damage.empty() ? "'" + path + "'"
                                : "byte " + std::to_string(damage.front().offset_bytes) + " of '" + path + "'",
                 "the recording was cut off before anything was written, or the file was damaged since",
                 ExitCode::kBadInput});
  }
  for (const auto& damage : reader.damage()) loader.damaged(damage.offset_bytes, damage.what, damage.length_bytes);
  loader.check_promises();
  Run run = std::move(loader).finish();
  run.bytes = reader.size_bytes();
  run.unknown_blocks = reader.unknown_blocks();
  return run;
}

Result<RunFacts> load_facts(const std::string& path) {
  SOCKLOCK_TRY_ASSIGN(auto reader, trace::TraceReader::open(path));
  while (auto block = reader.next())
    if (const auto* header = std::get_if<v1::Header>(&block->message)) return facts_of(*header);
  return fail({"no header", "'" + path + "'", "", ExitCode::kBadInput});
}

}  // namespace socklock::analyzer
