// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/load/load_run.h"
#include "analyzer/load/kernel_stack.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <variant>

#include "analyzer/load/block_sums.h"
#include "analyzer/load/dictionary_builder.h"
#include "analyzer/load/header_facts.h"
#include "analyzer/load/level2_builder.h"
#include "analyzer/load/ordered_blocks.h"
#include "analyzer/load/period_waits.h"
#include "analyzer/load/promises.h"
#include "analyzer/load/run.h"
#include "analyzer/load/wait_table_builder.h"
#include "proto/block_unpacker.h"
#include "proto/header_end.h"
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
    case kToldActive: work.told_active += value; break;
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

// A loss that only informs is none of the interval's.
bool is_missing(std::uint32_t reason) {
  const trace::LossInfo* info = trace::find_loss(reason);
  return info == nullptr || info->severity != trace::LossSeverity::kInfo;
}

bool is_missing_from_sums(std::uint32_t reason) {
  const trace::LossInfo* info = trace::find_loss(reason);
  return info == nullptr || info->severity == trace::LossSeverity::kTotals;
}

// A distinct row of waits with its histogram and what finds it.
constexpr std::uint64_t kBytesPerDistinctRow = 320;
// What kernels count in /proc/net/snmp and netstat is some 400, and losses have fewer reasons.
constexpr std::size_t kMostHostCounters = 1U << 14;
constexpr std::size_t kMostLosses = 256;

class RunLoader {
 public:
  // `periods`: none, or what is filled besides.
  RunLoader(const std::string& path, const LoadOptions& options, std::uint64_t budget_bytes, Periods* periods)
      : source_(options.source),
        range_(options.range),
        periods_(periods),
        most_rows_(budget_bytes / kBytesPerDistinctRow) {
    run_.path = path;
    run_.budget_bytes = options.budget_bytes;
  }

  void add(v1::Header&& header) {
    if (header_) return;
    run_.facts = facts_of(header);
    header_ = std::move(header);
  }
  void add(v1::Dictionary&& dictionary) {
    dictionaries_.add(dictionary);
    for (const auto& counter : dictionary.host_counters()) counter_names_.try_emplace(counter.id(), counter.name());
  }
  void add(v1::Footer&& footer) {
    run_.closed = true;
    promises_.add_footer(offset_, footer);
    // The header as it was at the end: with the workload's exit status.
    run_.facts = facts_of(trace::header_at_end(header_.value_or(v1::Header()), footer));
  }
  void add(v1::Interval&& message);
  // A block of events, summed; an error: it is left out.
  void add(const Result<void>& summed, const BlockSums& sums);
  void count_events(std::uint64_t events) { run_.events += events; }

  void damaged(std::uint64_t offset, const std::string& what, std::uint64_t bytes = 0) {
    run_.damage.push_back({offset, bytes, what});
  }
  // After all blocks, and all damage that the reader met.
  void check_promises() {
    if (range_) return;
    for (Damage& broken : promises_.broken(run_, totals_)) run_.damage.push_back(std::move(broken));
  }
  [[nodiscard]] bool has_header() const { return header_ || run_.closed; }
  void at(std::uint64_t offset) { offset_ = offset; }
  Run finish() &&;

 private:
  void add_summary(const Interval& interval);
  void add_to_period(std::uint64_t period, std::uint32_t number, const trace::SummaryRow& row);
  void count_costs(const v1::Interval& message, const Interval& interval);
  void count_losses(const v1::Interval& message, Interval& interval);
  void count_pairing(const v1::Pairing& pairing);
  void count_host_counters(const v1::Interval& message);
  // Null: nobody defined its id.
  [[nodiscard]] const std::string* name_of(const v1::NamedCounter& counter) const {
    if (counter.id() == 0) return &counter.name();
    const auto found = counter_names_.find(counter.id());
    return found == counter_names_.end() ? nullptr : &found->second;
  }
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
  Periods* periods_;
  PeriodWaitsBuilder period_waits_;
  std::size_t most_rows_;
  DictionaryBuilder dictionaries_;
  WaitTableBuilder waits_;
  std::vector<trace::SummaryRow> summary_;
  Level2Builder level2_;
  std::map<std::uint32_t, std::string> counter_names_;  // by id
  std::uint64_t unknown_counters_ = 0;
  std::vector<std::map<std::string, std::uint64_t>::iterator> last_counters_;  // in the order of the last interval
  std::uint64_t offset_ = 0;
  std::optional<v1::Header> header_;  // the first
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
  if (source_ == RowSource::kSummaries) add_summary(interval);
  interval.wait_count = run_.interval_waits.size() - interval.first_wait;
  count_losses(message, interval);
  if (periods_ != nullptr) count_costs(message, interval);
  count_pairing(message.pairing());
  if (const auto added = level2_.add(message, dictionaries_); !added)
    damaged(offset_, "calls, holds or holders left out: " + added.error().message());
  count_host_counters(message);
  if (run_.intervals.empty() || interval.begin_ns < run_.begin_ns) run_.begin_ns = interval.begin_ns;
  run_.end_ns = std::max(run_.end_ns, interval.end_ns);
  run_.work.add(interval.work);
  if (!message.has_cpu_pressure_ns()) run_.cpu_pressure_ns.reset();
  if (run_.cpu_pressure_ns) *run_.cpu_pressure_ns += message.cpu_pressure_ns();
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
  if (waits_.rows() + period_waits_.size() <= most_rows_) return true;
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

void RunLoader::add_to_period(std::uint64_t period, std::uint32_t number, const trace::SummaryRow& row) {
  if (is_untimed(row.flags)) return period_waits_.add(period, number, untimed(row.contentions, row.gave_up));
  period_waits_.add(period, number, {row.contentions, row.gave_up, row.wait_ns, row.wait_min_ns, row.wait_max_ns, 0});
  for (const auto& cell : row.cells) period_waits_.add_cell(period, number, cell.bucket, cell.count);
}

void RunLoader::count_costs(const v1::Interval& message, const Interval& interval) {
  PeriodCosts& costs = periods_->costs[period_of(run_.facts, interval.begin_ns, interval.end_ns, periods_->length_ns)];
  for (const auto& loss : message.losses()) {
    if (!is_missing(loss.id())) continue;
    (is_missing_from_sums(loss.id()) ? costs.lost_totals : costs.lost_details) += loss.value();
  }
  costs.recorder_cpu_ns += message.recorder_cpu_ns();
  costs.bpf_ns += message.bpf_run_time_ns() > 0 ? message.bpf_run_time_ns() : message.bpf_timed_ns();
}

void RunLoader::add_summary(const Interval& interval) {
  const std::uint64_t period =
      periods_ == nullptr ? 0 : period_of(run_.facts, interval.begin_ns, interval.end_ns, periods_->length_ns);
  for (const trace::SummaryRow& row : summary_) {
    const std::uint32_t number = waits_.row({dictionaries_.lock(row.lock), dictionaries_.stack(row.stack), kNoThread,
                                             row.syscall, kernel_stack(row.context), row.flags});
    if (is_untimed(row.flags)) {
      waits_.add(number, untimed(row.contentions, row.gave_up));
    } else {
      waits_.add(number,
                 {row.contentions, row.gave_up, row.wait_ns, row.wait_min_ns, row.wait_max_ns, 0, row.run_delay_ns});
      for (const auto& cell : row.cells) waits_.add_cell(number, cell.bucket, cell.count);
    }
    if (periods_ != nullptr) add_to_period(period, number, row);
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
    const std::string* const name = name_of(counter);
    if (name == nullptr) {
      ++unknown_counters_;
      continue;
    }
    if (*found == run_.host_counters.end() || (*found)->first != *name)
      *found = run_.host_counters.try_emplace(*name).first;
    (*found++)->second += counter.value();
  }
}

void RunLoader::add(const Result<void>& summed, const BlockSums& sums) {
  if (!has_room("events left out")) return;
  if (!summed) {
    damaged(offset_, "events left out: " + summed.error().message());
    return;
  }
  if (!event_totals_.add(sums.contentions(), sums.wait_ns())) {
    damaged(offset_, "events left out: their sums are too large");
    return;
  }
  run_.events += sums.events();
  for (const BlockRow& row : sums.rows()) {
    const RawKey& key = row.key;
    const std::uint32_t number =
        waits_.row({dictionaries_.lock(key.lock, row.events), dictionaries_.stack(key.stack, row.events),
                    dictionaries_.thread(key.thread, row.events), key.syscall, kernel_stack(key.context), key.flags});
    waits_.add(number, row.sums);
    if (row.sample.sampled > 0) waits_.add_sample(number, row.sample);
    waits_.add_cells(number, sums.cells_of(row));
  }
}

Run RunLoader::finish() && {
  if (run_.operations_stopped) {
    forget_operations(run_.work);
    for (Interval& interval : run_.intervals) forget_operations(interval.work);
  }
  std::move(level2_).build(run_);
  run_.unknown_ids = dictionaries_.bad_ids() + unknown_counters_;
  run_.dictionaries = dictionaries_.take();
  run_.waits = std::move(waits_).build();
  if (periods_ != nullptr) periods_->waits = std::move(period_waits_).build();
  return std::move(run_);
}

// What a thread does with blocks on their way into a run.
class RunLoading : public BlockWork {
 public:
  RunLoading(RunLoader& loader, trace::TraceReader& reader, const LoadOptions& options)
      : loader_(loader),
        reader_(reader),
        source_(options.source),
        choice_{options.range, options.min_wait_ns, options.cpus} {}

  void prepare(const trace::PackedBlock& block) override {
    rows_.reset();
    message_.reset();
    if (block.kind != trace::BlockKind::kEvents) {
      message_ = unpacker_.message_of(block);
    } else if (source_ == RowSource::kSummaries) {
      // Sums alone are asked for, which are in the intervals.
      rows_ = unpacker_.event_rows_of(block);
    } else if (const auto events = unpacker_.events_of(block)) {
      rows_ = events->rows;
      summed_ = sums_.sum(*events, choice_);
    }
  }

  void apply(const trace::PackedBlock& block, bool is_prepared) override {
    const bool is_parsed = is_prepared && (message_ || rows_);
    if (!reader_.take(block, is_parsed, message_ ? &*message_ : nullptr, events_that_take())) return;
    loader_.at(block.offset_bytes);
    if (rows_ && source_ == RowSource::kSummaries) {
      loader_.count_events(*rows_);
    } else if (rows_) {
      loader_.add(summed_, sums_);
    } else {
      std::visit([this](auto&& message) { add(std::forward<decltype(message)>(message)); }, *std::move(message_));
      unpacker_.reuse({block.offset_bytes, *std::move(message_)});
    }
  }

 private:
  template <typename Message>
  void add(Message&& message) {
    loader_.add(std::forward<Message>(message));
  }
  void add(v1::Events&& /*message*/) {}  // comes as rows

  // Counting them takes neither memory nor time.
  [[nodiscard]] std::uint64_t events_that_take() const { return rows_ && source_ == RowSource::kEvents ? *rows_ : 0; }

  RunLoader& loader_;
  trace::TraceReader& reader_;
  RowSource source_;
  const EventChoice choice_;
  trace::BlockUnpacker unpacker_;
  BlockSums sums_;
  Result<void> summed_;
  std::optional<std::uint32_t> rows_;  // of a block of events
  std::optional<trace::Message> message_;
};

// A thread is worth its memory and its start where there is this much for it to do.
constexpr std::uint64_t kBytesPerThread = std::uint64_t{1} << 20;
// What blocks come to is put together by one thread at a time, which is a fifth of the work.
constexpr std::uint64_t kMostThreads = 4;

unsigned threads_for(const LoadOptions& options, std::uint64_t bytes) {
  if (options.threads > 0) return options.threads;
  if (options.source == RowSource::kSummaries) return 1;
  const std::uint64_t cpus = std::max(1U, std::thread::hardware_concurrency());
  return static_cast<unsigned>(std::min({cpus, kMostThreads, 1 + bytes / kBytesPerThread}));
}

}  // namespace

Result<Run> load_run(const std::string& path, RowSource source) {
  return load_run(path, LoadOptions{.source = source});
}

namespace {

Result<Run> load(const std::string& path, const LoadOptions& options, Periods* periods) {
  SOCKLOCK_TRY_ASSIGN(auto reader, trace::TraceReader::open(path));
  if (options.budget_bytes != 0) reader.set_budget(options.budget_bytes);
  RunLoader loader(path, options, reader.budget_bytes(), periods);
  const auto goes_on = [&options](std::uint64_t bytes) { return !options.progress || options.progress(bytes); };
  OrderedBlocks blocks(
      reader, [&] { return std::make_unique<RunLoading>(loader, reader, options); }, goes_on);
  if (!blocks.read(threads_for(options, reader.size_bytes())))
    return fail({kCancelled, "'" + path + "'", "", ExitCode::kBadInput});
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

}  // namespace

Result<Run> load_run(const std::string& path, const LoadOptions& options) { return load(path, options, nullptr); }

Result<Run> load_run(const std::string& path, const LoadOptions& options, Periods& periods) {
  return load(path, options, &periods);
}

Result<RunFacts> load_facts(const std::string& path) {
  SOCKLOCK_TRY_ASSIGN(auto reader, trace::TraceReader::open(path));
  while (auto block = reader.next())
    if (const auto* header = std::get_if<v1::Header>(&block->message)) return facts_of(*header);
  return fail({"no header", "'" + path + "'", "", ExitCode::kBadInput});
}

}  // namespace socklock::analyzer
