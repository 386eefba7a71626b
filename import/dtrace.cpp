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
#include "import/aggregate_row.h"
#include "import/dtrace_blocks.h"
#include "import/dtrace_line.h"
#include "import/importers.h"
#include "import/kernel_symbols.h"
#include "import/line_input.h"
#include "import/run_header.h"

namespace socklock::imports {
namespace {

// What was printed last of one probe, lock, stack and class of length.
struct Total {
  std::uint64_t contentions = 0, wait_ns = 0, min_ns = UINT64_MAX, max_ns = 0;
};

// Lines of a wait wait for their stack, and outlive the text that they were read from.
struct Pending {
  bool is_event = false;
  std::uint32_t lock = 0, thread = 0;
  LockstatProbe probe = LockstatProbe::kAdaptiveBlock;
  bool reader = false;
  DtraceWaits waits;
  ImportedWait event;
  std::uint32_t weight = 0;
  std::string frames;  // as printed: one stack is printed many times
};

}  // namespace

class DtraceImport::State {
 public:
  State(const ImportOptions& options, trace::TraceWriter& writer)
      : options_(options),
        writer_(writer),
        builder_(writer),
        blocks_(builder_),
        header_(imported_header(kDtrace, options)) {
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
  [[nodiscard]] std::uint64_t variable_drops() const { return variable_drops_; }
  [[nodiscard]] std::uint64_t duration_ns() const { return blocks_.begin_ns(); }

  Result<ImportResult> finish() {
    if (!started_) return fail(nothing_found());
    end_pending();
    if (blocks_.has_waits()) SOCKLOCK_TRY(blocks_.end_block(blocks_.begin_ns() + kNsPerSecond));
    lost_ += blocks_.singles_beyond_sums(lost_);
    SOCKLOCK_TRY(blocks_.finish(lost_));
    finish_header();
    SOCKLOCK_TRY(builder_.finish(header_, blocks_.begin_ns()));
    return ImportResult{builder_.contentions(), lost_, skipped_};
  }

 private:
  // Probe, reader, lock, class of length, stack as printed: what a line's sums are of.
  using Key = std::tuple<LockstatProbe, bool, std::uint32_t, std::uint64_t, std::uint32_t>;

  // A stack as printed, and what it is in the trace: two that differ in offsets are one there.
  struct PrintedStack {
    std::uint32_t number = 0, id = 0;
  };

  Result<void> take(const DtraceHeader& record) {
    if (started_) return malformed();  // two recordings in one file: the first ends where it ends
    if (record.version < 1 || record.version > 2)
      return fail({fmt::format("a recording of version {} of the scripts", record.version),
                   "'" + options_.input_name + "'", "a newer socklock reads it", ExitCode::kBadInput});
    is_cumulative_ = record.version == 1;
    meaning_ = lockstat_meaning(record.release);
    // Since version 2 the scripts tell readers by the probe's function, and leave out reads that nothing hindered.
    meaning_.knows_readers = meaning_.knows_readers || record.version > 1;
    meaning_.reads_always_spin = meaning_.reads_always_spin && record.version == 1;
    if (header_.recorder().version() == "dtrace")
      header_.mutable_recorder()->set_version(fmt::format("socklock.d {}", record.version));
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
    set_pending_lock(record.lock);
    pending_->waits = record;
    return {};
  }

  Result<void> take(const DtraceEvent& record) {
    if (!started_) return {};
    end_pending();
    pending_ = Pending{};
    pending_->is_event = true;
    set_pending_lock(record.lock);
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
    std::uint64_t& last = acquired_[{std::string(record.syscall), function}];
    blocks_.add_calls({function, static_cast<std::uint16_t>(number ? *number + 1 : 0), context,
                       is_cumulative_ ? since_last(last, record.count) : record.count});
    return {};
  }

  Result<void> take(const DtraceWork& record) {
    end_pending();
    for (const trace::WorkInfo& info : trace::work_table())
      if (started_ && info.name == record.counter)
        blocks_.add_work(info.counter, since_last(work_[info.counter], record.value));
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
    if (!started_ || record.at_ns <= blocks_.begin_ns()) return started_ ? malformed() : Result<void>();
    return blocks_.end_block(record.at_ns);
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

  Result<void> take(const DtraceVariableDrops& record) {
    variable_drops_ += record.count;
    return {};
  }

  Result<void> take(const DtraceMalformed& /*record*/) {
    end_pending();
    return malformed();
  }

  Result<void> take(const DtraceOther& /*record*/) {
    // What it says of its buffers on a host with little memory.
    if (line_.find(" size lowered to ") == std::string_view::npos) ++skipped_;
    ended_by_kernel_ = ended_by_kernel_ || line_.find("couldn't stop tracing") != std::string_view::npos ||
                       line_.find("systemic unresponsiveness") != std::string_view::npos;
    return {};
  }

  Result<void> malformed() {
    ++malformed_;
    return {};
  }

  static std::uint64_t since_last(std::uint64_t& last, std::uint64_t now) {
    return now > last ? now - std::exchange(last, now) : 0;
  }

  void set_pending_lock(const DtraceLock& lock) {
    pending_->lock = builder_.lock_named(lock.name.empty() ? "[unnamed]" : std::string(lock.name), lock.address);
    pending_->probe = lock.probe;
    pending_->reader = lock.reader;
  }

  const PrintedStack& stack(const std::string& printed) {
    const auto [entry, is_new] = stacks_.try_emplace(printed);
    if (is_new) {
      std::vector<ImportedFunction> frames;
      for (std::size_t begin = 0, end = 0; begin < printed.size(); begin = end + 1) {
        end = printed.find('\n', begin);
        const DtraceLine line = parse_dtrace_line(std::string_view(printed).substr(begin, end - begin));
        if (const auto* frame = std::get_if<DtraceFrame>(&line)) frames.push_back(function_of(*frame));
      }
      entry->second = {static_cast<std::uint32_t>(stacks_.size()), builder_.stack(frames)};
    }
    return entry->second;
  }

  [[nodiscard]] ImportedFunction function_of(const DtraceFrame& frame) const {
    if (frame.address == 0 || options_.symbols == nullptr) return frame.function;
    const auto name = options_.symbols->name_of(frame.address);
    return name ? ImportedFunction{*name, ""} : frame.function;
  }

  void end_pending() {
    if (!pending_) return;
    const PrintedStack& printed = stack(pending_->frames);
    if (pending_->is_event)
      add_event(printed.id);
    else
      add_waits(printed);
    pending_.reset();
  }

  [[nodiscard]] bool is_unhindered_read(std::uint64_t loops) const {
    return meaning_.reads_always_spin && pending_->probe == LockstatProbe::kRwSpin && loops <= 1;
  }

  void add_event(std::uint32_t stack_id) {
    ImportedWait wait = pending_->event;
    if (is_unhindered_read(wait.wait_ns)) return;
    if (!is_timed(meaning_, pending_->probe)) wait.wait_ns = 0;
    if (wait.wait_ns > wait.end_ns) return;  // began before the recording: in the sums only
    wait.lock = pending_->lock;
    wait.stack = stack_id;
    wait.thread = pending_->thread;
    wait.flags = lockstat_flags(meaning_, pending_->probe, pending_->reader);
    wait.context = trace::v1::CONTEXT_TASK;
    blocks_.add_sample(wait, pending_->weight);
  }

  void add_waits(const PrintedStack& printed) {
    DtraceWaits waits = pending_->waits;
    if (is_cumulative_) {
      Total& last = totals_[{pending_->probe, pending_->reader, pending_->lock, waits.length, printed.number}];
      const bool fell = waits.contentions < last.contentions || waits.wait_ns < last.wait_ns;
      if (fell) ++malformed_;
      if (fell || (waits.contentions == last.contentions && waits.wait_ns == last.wait_ns)) return;
      waits = since(last, waits);
    }
    seen_ += waits.contentions;
    const DtraceBlocks::Place place{pending_->lock, printed.id,
                                    lockstat_flags(meaning_, pending_->probe, pending_->reader)};
    if (is_timed(meaning_, pending_->probe))
      blocks_.add(place, waits);
    else
      blocks_.add_untimed(place, contended_of(waits));
  }

  // What came since `last`, which becomes `now`. Shortest and longest are those since the start: they are of this
  // block where they changed in it, else the mean is as near as can be said.
  static DtraceWaits since(Total& last, const DtraceWaits& now) {
    DtraceWaits waits = now;
    waits.contentions -= last.contentions;
    waits.wait_ns -= last.wait_ns;
    const std::uint64_t mean_ns = waits.contentions == 0 ? waits.wait_ns : waits.wait_ns / waits.contentions;
    waits.max_ns = now.max_ns > last.max_ns ? now.max_ns : mean_ns;
    waits.min_ns = now.min_ns < last.min_ns ? now.min_ns : mean_ns;
    last = {now.contentions, now.wait_ns, now.min_ns, now.max_ns};
    return waits;
  }

  // The line's own extremes are of all of its records, since the start.
  [[nodiscard]] std::uint64_t contended_of(const DtraceWaits& waits) {
    if (!meaning_.reads_always_spin || pending_->probe != LockstatProbe::kRwSpin || pending_->waits.min_ns > 1)
      return waits.contentions;
    const std::uint64_t contended = certainly_contended(waits.contentions, waits.wait_ns, pending_->waits.max_ns);
    unhindered_ += waits.contentions - contended;
    return contended;
  }

  void finish_header() {
    auto& recorder = *header_.mutable_recorder();
    std::set<std::string> functions;
    for (const auto& [key, count] : acquired_) functions.insert(key.second);
    add_counting_probes(header_, functions, "lockstat");
    header_.mutable_knows()->set_acquisitions(recorder.level() == 2);
    for (const std::string& note : notes()) recorder.add_notes(note);
  }

  [[nodiscard]] std::vector<std::string> notes() const {
    std::vector<std::string> notes{
        "readers under epoch or SMR (FreeBSD 12 and later): not observable, no probe sees them",
        "the exact distribution of waits: lengths are distinguished by powers of four, and within one by its mean",
        "which socket a lock is in; hold times and holders", "waits in thread_lock(), the scheduler's"};
    if (!meaning_.spins_are_timed) {
      notes.emplace_back("how long spins were: this release counts loops, so they are contentions without a wait");
      notes.emplace_back(
          "whether rwlocks were wanted by readers or writers; spins before a block, which count as a "
          "contention of their own");
    }
    if (unhindered_ > 0)
      notes.push_back(
          fmt::format("which of {} records of rw-spin waited: this release has one for every read, of which as many "
                      "count as contentions as certainly were",
                      unhindered_));
    add_acquisition_notes(notes);
    if (dropped_ > 0)
      notes.push_back(
          fmt::format("{} records that dtrace dropped: single waits, or sums; what is missing in the end "
                      "is counted as lost",
                      dropped_));
    if (malformed_ > 0)
      notes.push_back(fmt::format("{} lines of the recording that can't be read{}", malformed_,
                                  is_cumulative_ ? "; the next second's make up for those of sums" : ""));
    if (!ended_)
      notes.emplace_back(ended_by_kernel_ ? "the end of the recording: the kernel's deadman ended dtrace, which "
                                            "dtrace -w prevents; the file ends before it"
                                          : "the end of the recording: the file ends before it");
    return notes;
  }

  void add_acquisition_notes(std::vector<std::string>& notes) const {
    if (header_.recorder().level() == 2)
      notes.emplace_back(
          "the host at its own pace: every lock was slower while acquisitions were counted; those outside of system "
          "calls are filed under input, timers among them");
    if (variable_drops_ > 0)
      notes.push_back(
          fmt::format("whose {}: dtrace dropped dynamic variables {} times, so that what is by system "
                      "call may be filed under none, and a block and its spin may count twice",
                      header_.recorder().level() == 2 ? "acquisitions were" : "waits were", variable_drops_));
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
  DtraceBlocks blocks_;
  trace::v1::Header header_;
  std::string_view line_;
  DtraceLine parsed_;
  std::optional<Pending> pending_;
  LockstatMeaning meaning_;
  std::map<Key, Total> totals_;
  std::map<std::pair<std::string, std::string>, std::uint64_t> acquired_;  // by system call and function
  std::map<trace::WorkCounter, std::uint64_t> work_;
  std::unordered_map<std::string, PrintedStack> stacks_;
  std::uint64_t lines_ = 0, seen_ = 0, lost_ = 0, dropped_ = 0, variable_drops_ = 0, malformed_ = 0, skipped_ = 0;
  std::uint64_t unhindered_ = 0;
  bool is_cumulative_ = true, ended_by_kernel_ = false;
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
std::uint64_t DtraceImport::variable_drops() const { return state_->variable_drops(); }
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
