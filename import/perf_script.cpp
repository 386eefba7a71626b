// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/units.h"
#include "import/importers.h"
#include "import/line_input.h"
#include "import/perf_script_line.h"
#include "import/run_header.h"
#include "import/wait_pairing.h"

namespace socklock::imports {
namespace {

// Frames that stand in a stack only where an interrupt was served, on its own stack.
bool is_interrupt(const ImportedFunction& function) {
  const std::string& name = function.symbol;
  return name == "__do_softirq" || name == "handle_softirqs" || name == "irq_exit_rcu" || name == "__irq_exit_rcu" ||
         name.starts_with("asm_sysvec_") || name.starts_with("asm_common_interrupt") || name == "asm_exc_nmi" ||
         name == "el1_interrupt" || name == "call_on_irq_stack";
}

// Frames of the tracing itself, which our recorder leaves out as well.
bool is_tracing(const ImportedFunction& function) {
  return function.symbol.starts_with("__traceiter_") || function.symbol.starts_with("perf_trace_") ||
         function.symbol.starts_with("trace_event_") || function.symbol.starts_with("__bpf_trace_") ||
         function.symbol.starts_with("bpf_trace_") || function.symbol.starts_with("trace_contention_");
}

class ScriptImport {
 public:
  ScriptImport(const ImportOptions& options, trace::TraceWriter& writer)
      : options_(options), writer_(writer), builder_(writer), pairing_(builder_) {
    header_ = imported_header(kPerfScript, options);
    auto& notes = *header_.mutable_recorder();
    notes.set_level(1);
    notes.set_stacks("all");
  }

  Result<ImportResult> run(std::istream& in) {
    LineInput lines(in, options_.input_name);
    while (lines.next()) SOCKLOCK_TRY(take(lines.line()));
    SOCKLOCK_TRY(lines.status());
    lines_ = lines.number();
    SOCKLOCK_TRY(end_event());
    if (!started_) return fail(nothing_found());
    builder_.pairing().set_open(static_cast<std::int64_t>(pairing_.open()));
    SOCKLOCK_TRY(builder_.cut(interval_begin_ns_, last_ns_));
    add_notes(true);
    SOCKLOCK_TRY(builder_.finish(header_, last_ns_));
    return ImportResult{builder_.contentions(), lost_ + malformed_, skipped_};
  }

 private:
  Result<void> take(const std::string& line) {
    if (line.empty()) return end_event();
    if (line.front() == '#') {
      read_header_line(line, header_);
      return {};
    }
    if (in_event_ && (line.front() == '\t' || line.front() == ' ')) {
      ScriptEvent ignored;
      if (parse_script_event(line, ignored) == ScriptLine::kOther) {
        if (const auto frame = parse_script_frame(line); frame && !is_tracing(*frame)) take_frame(*frame);
        return {};
      }
    }
    SOCKLOCK_TRY(end_event());
    if (const std::uint64_t lost = parse_script_loss(line); lost > 0) {
      builder_.count_lost(trace::LossReason::kImportLost, lost);
      lost_ += lost;
      return {};
    }
    switch (parse_script_event(line, event_)) {
      case ScriptLine::kEvent: in_event_ = true; break;
      case ScriptLine::kMalformed:
        ++malformed_;
        builder_.count_lost(trace::LossReason::kImportLost);
        break;
      case ScriptLine::kOther: ++skipped_; break;
    }
    return {};
  }

  void take_frame(const ImportedFunction& frame) {
    ++(frame.symbol == kUnnamed ? unnamed_ : named_);
    frames_.push_back(frame);
  }

  // An event is complete when the next one begins: its stack follows it.
  Result<void> end_event() {
    if (!in_event_) return {};
    in_event_ = false;
    const auto frames = std::exchange(frames_, {});
    if (!event_.tid) {
      ++malformed_;
      builder_.count_lost(trace::LossReason::kImportLost);
      return {};
    }
    if (!started_) SOCKLOCK_TRY(start());
    if (event_.time_ns < start_ns_) {
      builder_.count_lost(trace::LossReason::kNegativeWait);
      ++lost_;
      return {};
    }
    const std::uint64_t at_ns = event_.time_ns - start_ns_;
    while (at_ns >= interval_begin_ns_ + kImportIntervalNs) SOCKLOCK_TRY(cut(at_ns));
    last_ns_ = std::max(last_ns_, at_ns);
    // Without the column, each thread is taken to have a CPU of its own.
    const Waiter waiter{*event_.tid, event_.cpu.value_or(*event_.tid)};
    event_.is_begin ? begin(waiter, frames) : end(waiter);
    return {};
  }

  Result<void> start() {
    started_ = true;
    start_ns_ = event_.time_ns;
    header_.set_monotonic_start_ns(start_ns_);
    header_.mutable_recorder()->set_clock_resolution_ns(event_.coarse ? 1000 : 1);
    add_notes(false);
    return writer_.write(header_);
  }

  // A stretch without any event is one interval: a broken text may hold thousands of jumps over years.
  Result<void> cut(std::uint64_t at_ns) {
    constexpr std::uint64_t kLongestGapNs = 10 * kNsPerSecond;
    const std::uint64_t end_ns =
        at_ns - interval_begin_ns_ > kLongestGapNs ? at_ns : interval_begin_ns_ + kImportIntervalNs;
    SOCKLOCK_TRY(builder_.cut(interval_begin_ns_, end_ns));
    interval_begin_ns_ = end_ns;
    return {};
  }

  void begin(Waiter waiter, const std::vector<ImportedFunction>& frames) {
    OpenWait wait{waiter, event_.time_ns, event_.lock, event_.flags};
    deepest_ = std::max(deepest_, frames.size());
    wait.context = std::any_of(frames.begin(), frames.end(), is_interrupt) ? trace::v1::CONTEXT_INTERRUPT
                                                                           : trace::v1::CONTEXT_TASK;
    wait.stack = builder_.stack(frames);
    wait.thread = builder_.thread(*event_.tid, event_.pid.value_or(0), event_.comm);
    pairing_.begin(wait);
  }

  void end(Waiter waiter) {
    const auto open = pairing_.end(waiter, event_.lock);
    if (!open) return;
    if (event_.time_ns < open->begin_ns) {
      builder_.count_lost(trace::LossReason::kNegativeWait);
      ++lost_;
      return;
    }
    ImportedWait wait;
    wait.end_ns = event_.time_ns - start_ns_;
    wait.wait_ns = event_.time_ns - open->begin_ns;
    wait.lock = builder_.lock(open->lock);
    wait.stack = open->stack;
    wait.thread = open->thread;
    wait.cpu = static_cast<std::uint16_t>(event_.cpu.value_or(0));
    wait.error = event_.ret < 0 ? static_cast<std::uint16_t>(-event_.ret) : std::uint16_t{0};
    wait.flags = open->flags;
    wait.context = open->context;
    builder_.add(wait);
  }

  void add_notes(bool at_end) {
    auto& recorder = *header_.mutable_recorder();
    recorder.clear_notes();
    recorder.add_notes(
        "what locks are: their buckets and members were not recorded, so classes come from the functions "
        "that took them");
    recorder.add_notes("work done meanwhile: not recorded, so figures are per second");
    recorder.add_notes("waits for the owner of a socket in lock_sock(): perf has no event for them");
    recorder.add_notes("how this machine's spinlocks wait, and whether waits for them can be seen");
    if (recorder.clock_resolution_ns() > 1)
      recorder.add_notes("times finer than a microsecond: perf script --ns would have printed them");
    // What perf lock record asks for unless told otherwise (tools/perf/builtin-lock.c).
    constexpr std::size_t kPerfFrames = 8;
    if (at_end && deepest_ > 0 && deepest_ <= kPerfFrames)
      recorder.add_notes("the outer part of call stacks: perf kept eight frames, so call paths may be missing");
    if (at_end && unnamed_ > named_)
      recorder.add_notes(
          "names of most functions, and so classes and paths: perf script did not know the kernel that was recorded; "
          "on its machine it does, elsewhere with --kallsyms and that machine's /proc/kallsyms");
    if (at_end && deepest_ == 0)
      recorder.add_notes("call stacks: perf recorded none, so no wait has a class or a path");
  }

  [[nodiscard]] Error nothing_found() const {
    return {lines_ == 0 ? "nothing to read" : "no lock:contention_begin or _end in this text",
            "'" + options_.input_name + "'",
            "what is wanted is the text of: perf script --ns -i perf.data, of a recording by perf lock record",
            ExitCode::kBadInput};
  }

  const ImportOptions& options_;
  trace::TraceWriter& writer_;
  TraceBuilder builder_;
  WaitPairing pairing_;
  trace::v1::Header header_;
  ScriptEvent event_;
  std::vector<ImportedFunction> frames_;
  bool in_event_ = false, started_ = false;
  std::size_t deepest_ = 0;
  std::uint64_t start_ns_ = 0, interval_begin_ns_ = 0, last_ns_ = 0;
  std::uint64_t named_ = 0, unnamed_ = 0;  // frames
  std::uint64_t lines_ = 0, skipped_ = 0, malformed_ = 0, lost_ = 0;
};

Result<ImportResult> import_text(std::istream& in, const ImportOptions& options, trace::TraceWriter& writer) {
  return ScriptImport(options, writer).run(in);
}

bool recognises(std::string_view head) {
  return head.find("lock:contention_begin") != std::string_view::npos ||
         head.find("lock:contention_end") != std::string_view::npos;
}

}  // namespace

const Importer kPerfScript{
    .name = "perf-script",
    .reads = "text of perf script, of a recording by perf lock record",
    .recognises = recognises,
    .import = import_text,
    .knows = {.duration = false, .work = false, .acquisitions = false, .acquisition_paths = false, .holds = false}};

}  // namespace socklock::imports
