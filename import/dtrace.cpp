// SPDX-License-Identifier: GPL-2.0-or-later
#include "import/dtrace.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>

#include "base/units.h"
#include "base/wait_buckets.h"
#include "import/aggregate_row.h"
#include "import/dtrace_line.h"
#include "import/importers.h"
#include "import/line_input.h"
#include "import/run_header.h"

namespace socklock::imports {
namespace {

// Of one lock, stack, kind of acquiring and class of length, since the start.
struct Total {
  std::uint64_t contentions = 0, wait_ns = 0, min_ns = UINT64_MAX, max_ns = 0;
};

// Sums of a block for one lock, stack and kind of acquiring.
struct BlockSums {
  std::uint64_t contentions = 0, wait_ns = 0, min_ns = UINT64_MAX, max_ns = 0;
  std::map<std::uint16_t, std::uint32_t> cells;
};

// Lines of a wait wait for their stack, and outlive the text that they were read from.
struct Pending {
  bool is_event = false;
  std::uint32_t lock = 0, thread = 0;
  std::uint8_t flags = 0;
  DtraceWaits waits;
  ImportedWait event;
  std::uint32_t weight = 0;
  std::string frames;  // as printed: one stack is printed many times
};

}  // namespace

class DtraceImport::State {
 public:
  State(const ImportOptions& options, trace::TraceWriter& writer)
      : options_(options), writer_(writer), builder_(writer), header_(imported_header(kDtrace, options)) {
    header_.mutable_recorder()->set_version("socklock.d 1");
    header_.mutable_recorder()->set_level(1);
    header_.mutable_recorder()->set_stacks("all");
  }

  Result<void> take_line(std::string_view line) {
    ++lines_;
    line_ = line;
    parsed_ = parse_dtrace_line(line_);
    return std::visit([this](const auto& record) { return take(record); }, parsed_);
  }

  trace::v1::Header& header() { return header_; }
  [[nodiscard]] bool ended() const { return ended_; }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  [[nodiscard]] std::uint64_t duration_ns() const { return block_begin_ns_; }

  Result<ImportResult> finish() {
    if (!started_) return fail(nothing_found());
    end_pending();
    if (!block_.empty()) {
      count_ownerless();
      SOCKLOCK_TRY(cut(block_begin_ns_ + kNsPerSecond));
    }
    if (lost_ > 0) {
      builder_.count_lost(trace::LossReason::kImportLost, lost_);
      SOCKLOCK_TRY(cut(block_begin_ns_ + 1));
    }
    finish_header();
    SOCKLOCK_TRY(builder_.finish(header_, block_begin_ns_));
    return ImportResult{builder_.contentions(), lost_, skipped_};
  }

 private:
  using Key = std::tuple<std::uint32_t, std::uint32_t, std::uint8_t>;  // lock, stack, flags

  Result<void> take(const DtraceHeader& record) {
    if (started_) return malformed();  // two recordings in one file: the first ends where it ends
    if (record.version != 1)
      return fail({fmt::format("a recording of version {} of the scripts", record.version),
                   "'" + options_.input_name + "'", "a newer socklock reads it", ExitCode::kBadInput});
    auto& host = *header_.mutable_host();
    host.set_kernel_release("FreeBSD " + std::string(record.release));
    host.set_machine(std::string(record.machine));
    host.set_cpus_online(record.cpus);
    started_ = true;
    return writer_.write(header_);
  }

  Result<void> take(const DtraceBegin& record) {
    header_.set_wall_start_ns(record.wall_ns);
    return {};
  }

  Result<void> take(const DtraceMode& record) {
    if (record.mode == "acquisitions") header_.mutable_recorder()->set_level(2);
    return {};
  }

  Result<void> take(const DtraceWaits& record) {
    if (!started_) return {};
    end_pending();
    pending_ = Pending{};
    pending_->lock = lock(record.lock);
    pending_->flags = record.lock.flags;
    pending_->waits = record;
    return {};
  }

  Result<void> take(const DtraceEvent& record) {
    if (!started_) return {};
    end_pending();
    pending_ = Pending{};
    pending_->is_event = true;
    pending_->lock = lock(record.lock);
    pending_->thread = builder_.thread(record.tid, record.pid, std::string(record.comm));
    pending_->event = record.wait;
    pending_->weight = record.weight;
    return {};
  }

  // The stack's lines follow; what dtrace says between them is no part of it.
  Result<void> take(const DtraceFrame& /*record*/) {
    if (!pending_) return malformed();
    if (pending_->frames.size() < kLongestStackBytes) (pending_->frames += line_) += '\n';
    return {};
  }

  Result<void> take(const DtraceBlank& /*record*/) {
    end_pending();
    return {};
  }

  Result<void> take(const DtraceAcquired& record) {
    end_pending();
    if (!started_ || record.lock.empty()) return started_ ? malformed() : Result<void>();
    const std::string function = "lock:" + std::string(record.lock);
    const auto number = freebsd_syscall(record.syscall);
    const std::uint8_t context = record.syscall.empty() ? trace::v1::CONTEXT_INTERRUPT : trace::v1::CONTEXT_TASK;
    builder_.add_calls(function, static_cast<std::uint16_t>(number ? *number + 1 : 0), context,
                       since_last(acquired_[{std::string(record.syscall), function}], record.count));
    return {};
  }

  Result<void> take(const DtraceWork& record) {
    end_pending();
    for (const trace::WorkInfo& info : trace::work_table())
      if (started_ && info.name == record.counter)
        builder_.add_work(info.counter, since_last(work_[info.counter], record.value));
    return {};
  }

  // What W lines lack at the end was dropped by the kernel, or its lines are missing.
  Result<void> take(const DtraceSums& record) {
    end_pending();
    lost_ = record.contentions > seen_ ? record.contentions - seen_ : 0;
    return {};
  }

  Result<void> take(const DtraceTime& record) {
    end_pending();
    if (!started_ || record.at_ns <= block_begin_ns_) return started_ ? malformed() : Result<void>();
    return cut(record.at_ns);
  }

  Result<void> take(const DtraceEnd& /*record*/) {
    ended_ = true;
    return {};
  }

  // Of lines, which the next block makes up for, or of sums, which S shows.
  Result<void> take(const DtraceDrops& record) {
    dropped_ += record.count;
    return {};
  }

  Result<void> take(const DtraceMalformed& /*record*/) {
    end_pending();
    return malformed();
  }

  Result<void> take(const DtraceOther& /*record*/) {
    ++skipped_;
    return {};
  }

  Result<void> malformed() {
    ++malformed_;
    return {};
  }

  static std::uint64_t since_last(std::uint64_t& last, std::uint64_t now) {
    return now > last ? now - std::exchange(last, now) : 0;
  }

  std::uint32_t lock(const DtraceLock& named) {
    return builder_.lock_named(named.name.empty() ? "[unnamed]" : std::string(named.name), named.address);
  }

  std::uint32_t stack(const std::string& printed) {
    const auto [entry, is_new] = stacks_.try_emplace(printed, 0);
    if (is_new) {
      std::vector<ImportedFunction> frames;
      for (std::size_t begin = 0, end = 0; begin < printed.size(); begin = end + 1) {
        end = printed.find('\n', begin);
        const DtraceLine line = parse_dtrace_line(std::string_view(printed).substr(begin, end - begin));
        if (const auto* frame = std::get_if<DtraceFrame>(&line)) frames.push_back(frame->function);
      }
      entry->second = builder_.stack(frames);
    }
    return entry->second;
  }

  void end_pending() {
    if (!pending_) return;
    const std::uint32_t stack_id = stack(pending_->frames);
    if (pending_->is_event)
      add_event(stack_id);
    else
      add_waits(stack_id);
    pending_.reset();
  }

  void add_event(std::uint32_t stack_id) {
    ImportedWait wait = pending_->event;
    if (wait.wait_ns > wait.end_ns) return;  // began before the recording: in the sums only
    wait.lock = pending_->lock;
    wait.stack = stack_id;
    wait.thread = pending_->thread;
    wait.context = trace::v1::CONTEXT_TASK;
    builder_.add_sample(wait, pending_->weight);
  }

  // What came since the block before. Shortest and longest are those since the start: they are of this block where
  // they changed in it, else the mean is as near as can be said.
  void add_waits(std::uint32_t stack_id) {
    const DtraceWaits& now = pending_->waits;
    Total& last = totals_[{pending_->lock, stack_id, pending_->flags, now.length}];
    if (now.contentions < last.contentions || now.wait_ns <= last.wait_ns) return;
    const std::uint64_t contentions = now.contentions - last.contentions, wait_ns = now.wait_ns - last.wait_ns;
    BlockSums& sums = block_[{pending_->lock, stack_id, pending_->flags}];
    if (sums.contentions + contentions > UINT32_MAX) return;  // no second has so many
    sums.contentions += contentions;
    sums.wait_ns += wait_ns;
    seen_ += contentions;
    const std::uint64_t mean_ns = contentions == 0 ? wait_ns : wait_ns / contentions;
    sums.max_ns = std::max(sums.max_ns, now.max_ns > last.max_ns ? now.max_ns : mean_ns);
    if (contentions > 0) {
      sums.min_ns = std::min(sums.min_ns, now.min_ns < last.min_ns ? now.min_ns : mean_ns);
      sums.cells[static_cast<std::uint16_t>(socklock_wait_bucket(mean_ns))] += static_cast<std::uint32_t>(contentions);
    }
    last = {now.contentions, now.wait_ns, now.min_ns, now.max_ns};
  }

  // A spin whose block was in the block before stays until there is a contention to add it to.
  Result<void> cut(std::uint64_t end_ns) {
    for (auto entry = block_.begin(); entry != block_.end();) {
      const auto& [lock, stack, flags] = entry->first;
      const BlockSums& sums = entry->second;
      if (sums.contentions == 0) {
        ++entry;
        continue;
      }
      trace::SummaryRow row =
          aggregate_row(static_cast<std::uint32_t>(sums.contentions), sums.wait_ns, sums.min_ns, sums.max_ns);
      row.lock = lock;
      row.stack = stack;
      row.flags = flags;
      row.context = trace::v1::CONTEXT_TASK;
      for (const auto& [bucket, count] : sums.cells) row.cells.push_back({bucket, count});
      builder_.add(std::move(row));
      entry = block_.erase(entry);
    }
    SOCKLOCK_TRY(builder_.cut(block_begin_ns_, end_ns));
    block_begin_ns_ = end_ns;
    return {};
  }

  // Spins that no contention came for: each was one.
  void count_ownerless() {
    for (auto& [key, sums] : block_) {
      if (sums.contentions > 0) continue;
      sums.contentions = 1;
      sums.min_ns = 0;
      sums.max_ns = sums.wait_ns;
      sums.cells[static_cast<std::uint16_t>(socklock_wait_bucket(sums.wait_ns))] = 1;
    }
  }

  void finish_header() {
    auto& recorder = *header_.mutable_recorder();
    std::set<std::string> functions;
    for (const auto& [key, count] : acquired_) functions.insert(key.second);
    add_counting_probes(header_, functions, "lockstat");
    recorder.add_notes("readers under epoch or SMR (FreeBSD 12 and later): not observable, no probe sees them");
    recorder.add_notes(
        "the exact distribution of waits: lengths are told apart by powers of four, and within one by its mean");
    recorder.add_notes("which socket a lock is in; hold times and holders");
    if (recorder.level() == 2)
      recorder.add_notes(
          "the host at its own pace: every lock was slower while acquisitions were counted; those outside of system "
          "calls are filed under input, timers among them");
    if (dropped_ > 0)
      recorder.add_notes(
          fmt::format("{} records that dtrace dropped: single waits, or sums that the next second's make "
                      "up for; what is missing in the end is counted as lost",
                      dropped_));
    if (malformed_ > 0)
      recorder.add_notes(
          fmt::format("{} lines of the recording that can't be read; the next second's make up for those "
                      "of sums",
                      malformed_));
    if (!ended_) recorder.add_notes("the end of the recording: the file ends before it");
  }

  [[nodiscard]] Error nothing_found() const {
    return {lines_ == 0 ? "nothing to read" : "not a recording by socklock.d", "'" + options_.input_name + "'",
            "it has a line that begins with 'socklock-dtrace'; dtrace -s socklock.d 2>&1 | gzip >FILE makes one",
            ExitCode::kBadInput};
  }

  static constexpr std::size_t kLongestStackBytes = 16384;

  const ImportOptions options_;
  trace::TraceWriter& writer_;
  TraceBuilder builder_;
  trace::v1::Header header_;
  std::string_view line_;
  DtraceLine parsed_;
  std::optional<Pending> pending_;
  std::map<Key, BlockSums> block_;
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint8_t, std::uint64_t>, Total> totals_;  // ... and length
  std::map<std::pair<std::string, std::string>, std::uint64_t> acquired_;  // by system call and function
  std::map<trace::WorkCounter, std::uint64_t> work_;
  std::unordered_map<std::string, std::uint32_t> stacks_;
  std::uint64_t block_begin_ns_ = 0, lines_ = 0, seen_ = 0, lost_ = 0, dropped_ = 0, malformed_ = 0, skipped_ = 0;
  bool started_ = false, ended_ = false;
};

DtraceImport::DtraceImport(const ImportOptions& options, trace::TraceWriter& writer)
    : state_(std::make_unique<State>(options, writer)) {}
DtraceImport::~DtraceImport() = default;

trace::v1::Header& DtraceImport::header() { return state_->header(); }
Result<void> DtraceImport::take_line(std::string_view line) { return state_->take_line(line); }
Result<ImportResult> DtraceImport::finish() { return state_->finish(); }
bool DtraceImport::ended() const { return state_->ended(); }
std::uint64_t DtraceImport::dropped() const { return state_->dropped(); }
std::uint64_t DtraceImport::duration_ns() const { return state_->duration_ns(); }

namespace {

Result<ImportResult> import_text(std::istream& in, const ImportOptions& options, trace::TraceWriter& writer) {
  DtraceImport import(options, writer);
  LineInput lines(in, options.input_name);
  while (lines.next()) SOCKLOCK_TRY(import.take_line(lines.line()));
  SOCKLOCK_TRY(lines.status());
  return import.finish();
}

bool recognises(std::string_view head) {
  return head.starts_with("socklock-dtrace") || head.find("\nsocklock-dtrace") != std::string_view::npos;
}

}  // namespace

const Importer kDtrace{.name = "dtrace",
                       .reads = "what socklock.d printed on FreeBSD",
                       .recognises = recognises,
                       .import = import_text,
                       .knows = {.holds = false, .system = trace::System::kFreebsd}};

}  // namespace socklock::imports
