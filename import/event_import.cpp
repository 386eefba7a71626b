// SPDX-License-Identifier: GPL-2.0-or-later
#include "import/event_import.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <optional>

#include "base/units.h"
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

// What is wrong with the lines of events that can't be taken, by the first of them.
struct Incomplete {
  std::uint64_t no_thread = 0, no_time = 0, malformed = 0;
  std::uint64_t first_line = 0;

  void add(ScriptLine kind, std::uint64_t line) {
    if (all() == 0) first_line = line;
    ++(kind == ScriptLine::kNoThread ? no_thread : kind == ScriptLine::kNoTime ? no_time : malformed);
  }
  [[nodiscard]] std::uint64_t all() const { return no_thread + no_time + malformed; }
  [[nodiscard]] std::string what() const {
    if (no_thread > 0) return "the events are there, but the column of the thread is not";
    if (no_time > malformed) return "the events are there, but the column of the time is not";
    return "the events are there, but not their lock, flags or result";
  }
};

struct Pending {
  ScriptEvent event;
  std::string task;  // as its line begins
  std::vector<ImportedFunction> frames;
};

class EventImport {
 public:
  EventImport(const Importer& importer, const char* way_out, const ImportOptions& options, trace::TraceWriter& writer)
      : way_out_(way_out), options_(options), writer_(writer), builder_(writer), pairing_(builder_) {
    header_ = imported_header(importer, options);
    auto& notes = *header_.mutable_recorder();
    notes.set_level(1);
    notes.set_stacks("all");
  }

  Result<ImportResult> run(std::istream& in) {
    LineInput lines(in, options_.input_name);
    while (lines.next()) {
      line_ = lines.number();
      SOCKLOCK_TRY(take(lines.line()));
    }
    SOCKLOCK_TRY(lines.status());
    SOCKLOCK_TRY(take_pending(0));
    SOCKLOCK_TRY(check_complete());
    if (!started_) SOCKLOCK_TRY(write_header());
    builder_.pairing().set_open(static_cast<std::int64_t>(pairing_.open()));
    SOCKLOCK_TRY_ASSIGN(const std::uint64_t end_ns, length_ns());
    SOCKLOCK_TRY(builder_.cut(interval_begin_ns_, end_ns));
    add_notes(true);
    SOCKLOCK_TRY(builder_.finish(header_, end_ns));
    return ImportResult{builder_.contentions(), lost_ + incomplete_.all(), skipped_, header_.knows().duration()};
  }

 private:
  Result<void> take(const std::string& line) {
    if (line.empty()) return end_event();
    if (line.front() == '#') {
      names_events_ =
          names_events_ || line.find("lock:contention_begin") != std::string::npos || line.starts_with("# tracer:");
      read_header_line(line, header_);
      return {};
    }
    if (const std::size_t stack = std::min(line.find("<stack trace"), line.find("kernel_stack:"));
        stack != std::string::npos)
      return begin_trace_stack(line);
    if (stack_of_ != nullptr && (line.front() == '\t' || line.front() == ' ' || line.starts_with("=>"))) {
      ScriptEvent ignored;
      if (parse_script_event(line, ignored) == ScriptLine::kOther && parse_script_loss(line) == 0) {
        if (const auto frame = parse_script_frame(line)) take_frame(*frame);
        return {};
      }
    }
    SOCKLOCK_TRY(end_event());
    return take_event(line);
  }

  Result<void> take_event(const std::string& line) {
    if (const std::uint64_t lost = parse_script_loss(line); lost > 0) {
      builder_.count_lost(trace::LossReason::kImportLost, lost);
      lost_ += lost;
      return {};
    }
    switch (const ScriptLine kind = parse_script_event(line, event_)) {
      case ScriptLine::kEvent:
        pending_.push_back({std::move(event_), task_of(line), {}});
        stack_of_ = &pending_.back();
        if (const auto frame = stack_of_->event.frame) take_frame(*frame);
        break;
      case ScriptLine::kOther:
        if (line.find_first_not_of(" \t") != std::string::npos) ++skipped_;
        break;
      default: incomplete_.add(kind, line_); builder_.count_lost(trace::LossReason::kImportLost);
    }
    return {};
  }

  // ftrace prints a stack as an event of its own, and events of other CPUs may come between.
  Result<void> begin_trace_stack(const std::string& line) {
    SOCKLOCK_TRY(end_event());
    const std::string task = task_of(line);
    const auto found = std::find_if(pending_.rbegin(), pending_.rend(), [&task](const Pending& pending) {
      return pending.task == task && pending.frames.empty();
    });
    if (found != pending_.rend()) stack_of_ = &*found;
    return {};
  }

  // Command, thread and CPU of a line of ftrace's.
  static std::string task_of(const std::string& line) { return line.substr(0, line.find(']')); }

  void take_frame(const ImportedFunction& frame) {
    if (is_tracing(frame)) return;
    ++(frame.symbol == kUnnamed ? unnamed_ : named_);
    stack_of_->frames.push_back(frame);
  }

  // An event of perf's is complete when the next one begins: its stack follows it.
  Result<void> end_event() {
    constexpr std::size_t kFtraceBehind = 64;
    stack_of_ = nullptr;
    return take_pending(!pending_.empty() && pending_.back().event.is_ftrace ? kFtraceBehind : 0);
  }

  Result<void> take_pending(std::size_t leave) {
    while (pending_.size() > leave) {
      Pending next = std::move(pending_.front());
      pending_.pop_front();
      event_ = std::move(next.event);
      SOCKLOCK_TRY(take_whole_event(next.frames));
    }
    return {};
  }

  Result<void> take_whole_event(const std::vector<ImportedFunction>& frames) {
    if (!started_) SOCKLOCK_TRY(start());
    if (event_.time_ns < newest_ns_ && start_ns_ == 0) return fail(relative_times());
    newest_ns_ = std::max(newest_ns_, event_.time_ns);
    if (event_.time_ns < start_ns_) {
      builder_.count_lost(trace::LossReason::kImportLost);
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
    return write_header();
  }

  Result<void> write_header() {
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
    const bool interrupt = event_.interrupt || std::any_of(frames.begin(), frames.end(), is_interrupt);
    wait.context = interrupt ? trace::v1::CONTEXT_INTERRUPT : trace::v1::CONTEXT_TASK;
    wait.stack = builder_.stack(frames);
    wait.thread = builder_.thread(*event_.tid, event_.pid.value_or(0), event_.comm);
    pairing_.begin(wait);
  }

  void end(Waiter waiter) {
    const auto open = pairing_.end(waiter, event_.lock);
    if (!open) return;
    if (event_.time_ns < open->begin_ns) {
      builder_.count_lost(trace::LossReason::kImportLost);
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

  // Of the recording: as stated, or as far as its waits reach.
  [[nodiscard]] Result<std::uint64_t> length_ns() const {
    if (options_.duration_seconds <= 0) return started_ ? std::max(last_ns_, interval_begin_ns_) : kNsPerSecond;
    const auto stated_ns = static_cast<std::uint64_t>(options_.duration_seconds * 1e9);
    if (stated_ns >= last_ns_) return stated_ns;
    return fail({fmt::format("the events reach over {}, which is longer than the duration that was stated",
                             format_ns(static_cast<double>(last_ns_))),
                 "'" + options_.input_name + "'", "--duration SECONDS is the length of the whole recording",
                 ExitCode::kUsage});
  }

  // A recording in which nothing waited is a result; a text that can't be read is none.
  [[nodiscard]] Result<void> check_complete() const {
    const bool is_whole = incomplete_.no_thread == 0 && (started_ || incomplete_.all() == 0);
    if (!is_whole)
      return fail({incomplete_.what(), fmt::format("line {} of '{}'", incomplete_.first_line, options_.input_name),
                   fmt::format("-F has to name it: {}", way_out_), ExitCode::kBadInput});
    if (started_ || names_events_ || (line_ == 0 && options_.duration_seconds > 0)) return {};
    return fail({line_ == 0 ? "nothing to read" : "no lock:contention_begin or _end in this text",
                 "'" + options_.input_name + "'",
                 fmt::format("what is wanted is the text of: {}{}", way_out_,
                             line_ == 0 ? "; if nothing waited, --duration SECONDS makes that a result" : ""),
                 ExitCode::kBadInput});
  }

  [[nodiscard]] Error relative_times() const {
    return {"times are those since the event before, as perf script --deltatime prints them",
            fmt::format("line {} of '{}'", line_, options_.input_name), fmt::format("without it: {}", way_out_),
            ExitCode::kBadInput};
  }

  void add_notes(bool at_end) {
    auto& recorder = *header_.mutable_recorder();
    recorder.clear_notes();
    if (!header_.knows().duration()) recorder.add_notes(kNoDuration);
    recorder.add_notes(
        "what locks are: their buckets and members were not recorded, so classes come from the functions "
        "that took them");
    recorder.add_notes("work done meanwhile: not recorded, so figures are per second");
    recorder.add_notes("waits for the owner of a socket in lock_sock(): perf has no event for them");
    recorder.add_notes("how this machine's spinlocks wait, and whether waits for them can be seen");
    if (recorder.clock_resolution_ns() > 1)
      recorder.add_notes(
          "times finer than a microsecond: perf script --ns, trace-cmd report -t would have printed them");
    // What perf lock record asks for unless told otherwise (tools/perf/builtin-lock.c).
    constexpr std::size_t kPerfFrames = 8;
    if (at_end && deepest_ > 0 && deepest_ <= kPerfFrames)
      recorder.add_notes("the outer part of call stacks: perf kept eight frames, so call paths may be missing");
    if (at_end && unnamed_ > named_)
      recorder.add_notes(
          "names of most functions, and so classes and paths: perf script did not know the kernel that was recorded; "
          "on its machine it does, elsewhere with --kallsyms and that machine's /proc/kallsyms");
    if (at_end && deepest_ == 0 && builder_.contentions() > 0)
      recorder.add_notes("call stacks: none were recorded or printed, so no wait has a class or a path");
    if (at_end && incomplete_.all() > 0)
      recorder.add_notes(fmt::format("{} events whose lines are incomplete, the first in line {}: counted as lost",
                                     incomplete_.all(), incomplete_.first_line));
  }

  const char* way_out_;
  const ImportOptions& options_;
  trace::TraceWriter& writer_;
  TraceBuilder builder_;
  WaitPairing pairing_;
  trace::v1::Header header_;
  ScriptEvent event_;
  std::deque<Pending> pending_;  // whose stacks may follow
  Pending* stack_of_ = nullptr;  // of those the one to which frames belong
  Incomplete incomplete_;
  bool started_ = false;
  bool names_events_ = false;  // a header says that waits were recorded
  std::size_t deepest_ = 0;
  std::uint64_t start_ns_ = 0, newest_ns_ = 0, interval_begin_ns_ = 0, last_ns_ = 0;
  std::uint64_t named_ = 0, unnamed_ = 0;  // frames
  std::uint64_t line_ = 0, skipped_ = 0, lost_ = 0;
};

}  // namespace

Result<ImportResult> import_events(const Importer& importer, const char* way_out, std::istream& in,
                                   const ImportOptions& options, trace::TraceWriter& writer) {
  return EventImport(importer, way_out, options, writer).run(in);
}

}  // namespace socklock::imports
