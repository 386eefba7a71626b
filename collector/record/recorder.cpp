// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/record/recorder.h"

#include <malloc.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/units.h"
#include "collector/probe/probe_set.h"
#include "collector/probe/session.h"
#include "collector/record/accounting.h"
#include "collector/record/cgroup.h"
#include "collector/record/event_drain.h"
#include "collector/record/governor.h"
#include "collector/record/host_facts.h"
#include "collector/record/output_file.h"
#include "collector/record/progress.h"
#include "collector/record/redaction.h"
#include "collector/record/self_test.h"
#include "collector/record/summary_rollup.h"
#include "collector/record/trace_sink.h"
#include "collector/record/workload.h"
#include "proto/loss_counters.h"

#ifndef SOCKLOCK_VERSION
#error "the build sets SOCKLOCK_VERSION"
#endif

namespace socklock::collector {
namespace {

using trace::v1::Header;
using trace::v1::Interval;

// Rings hold what a very busy CPU produces in several polls.
constexpr int kPollMs = 50;

std::uint64_t clock_ns(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * kNsPerSecond + static_cast<std::uint64_t>(now.tv_nsec);
}

// SIGINT, SIGTERM and SIGCHLD as a descriptor, blocked for the life of this process.
class Signals {
 public:
  Signals() {
    sigset_t wanted;
    sigemptyset(&wanted);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigaddset(&wanted, number);
    sigprocmask(SIG_BLOCK, &wanted, nullptr);
    signal(SIGPIPE, SIG_IGN);
    fd_ = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals() { close(fd_); }

  // The first signal but SIGCHLD that came within the time, or 0.
  int wait(int timeout_ms) const {
    pollfd descriptor{fd_, POLLIN, 0};
    if (poll(&descriptor, 1, timeout_ms) <= 0) return 0;
    signalfd_siginfo info{};
    while (read(fd_, &info, sizeof info) == sizeof info)
      if (info.ssi_signo != SIGCHLD) return static_cast<int>(info.ssi_signo);
    return 0;
  }

 private:
  int fd_;
};

class Recording {
 public:
  Recording(const RecordOptions& options, Output& output, Session& session, const Kallsyms& symbols, LockFacts& locks,
            std::optional<Workload>& workload, Header header)
      : options_(options),
        output_(output),
        session_(session),
        stacks_(symbols),
        locks_(locks),
        workload_(workload),
        header_(std::move(header)),
        redaction_(options.redact),
        progress_(options.quiet),
        governor_(options.stacks, options.max_overhead_percent, header_.host().cpus_online()) {}

  Result<RecordingResult> run(const Signals& signals) {
    start_ns_ = clock_ns(CLOCK_MONOTONIC);
    header_.set_monotonic_start_ns(start_ns_);
    header_.set_wall_start_ns(clock_ns(CLOCK_REALTIME));
    sink_.emplace(output_.writer, session_, locks_, stacks_, redaction_, start_ns_);
    SOCKLOCK_TRY(output_.writer.write(redaction_.applied(header_)));
    counters_ = read_host_counters();
    recorder_cpu_ns_ = own_cpu_ns();
    session_.set_phase(SOCKLOCK_RUNNING);
    if (workload_) {
      if (auto started = workload_->start(); !started) {
        // There is nothing in the file that anybody would want.
        if (output_.path != "-") std::remove(output_.path.c_str());
        return fail(std::move(started).error());
      }
    }
    SOCKLOCK_TRY(loop(signals));
    return finish();
  }

 private:
  Result<void> loop(const Signals& signals) {
    const auto duration_ns = static_cast<std::uint64_t>(options_.duration_seconds * static_cast<double>(kNsPerSecond));
    std::uint64_t flush_ns = start_ns_ + options_.interval_ns;
    for (;;) {
      const int number = signals.wait(kPollMs);
      if (number == SIGTERM && workload_) workload_->send_signal(SIGTERM);
      if (number != 0) result_.ended_by_signal = number;
      drain_rings(session_, events_);
      const std::uint64_t now = clock_ns(CLOCK_MONOTONIC);
      if (number != 0 || (workload_ && workload_->poll())) return {};
      if (duration_ns != 0 && now - start_ns_ >= duration_ns) return {};
      if (now < flush_ns) continue;
      SOCKLOCK_TRY(flush(false));
      flush_ns = std::max(flush_ns + options_.interval_ns, now);
    }
  }

  Result<void> flush(bool final) {
    Interval interval;
    interval.set_begin_ns(interval_begin_ns_);
    const std::uint32_t half = session_.flip();
    interval.set_end_ns(clock_ns(CLOCK_MONOTONIC) - start_ns_);
    drain_rings(session_, events_);
    const auto rows = roll_up(session_, half);
    accounting_.fill(session_, final, interval);
    auto counters = read_host_counters();
    add_host_counters(counters_, counters, interval);
    counters_ = std::move(counters);
    const std::uint64_t cpu_ns = own_cpu_ns();
    interval.set_recorder_cpu_ns(cpu_ns - std::exchange(recorder_cpu_ns_, cpu_ns));
    interval.set_recorder_rss_bytes(own_rss_bytes());
    const std::uint64_t before = sink_->contentions();
    SOCKLOCK_TRY(sink_->write(rows, events_, interval));
    events_.clear();
    govern(interval, sink_->contentions() - before);
    show_progress(interval, sink_->contentions() - before);
    interval_begin_ns_ = interval.end_ns();
    return {};
  }

  // The kernel's own measure where it is asked for one, else that of our programs.
  static std::uint64_t bpf_ns(const Interval& interval) {
    return interval.bpf_run_time_ns() != 0 ? interval.bpf_run_time_ns() : interval.bpf_timed_ns();
  }

  void govern(const Interval& interval, std::uint64_t contentions) {
    const auto rates = governor_.adapt(
        {interval.end_ns() - interval.begin_ns(), contentions, interval.recorder_cpu_ns(), bpf_ns(interval)});
    session_.set_rates(rates.stack_bits, rates.event_bits);
  }

  void show_progress(const Interval& interval, std::uint64_t contentions) {
    const double seconds =
        static_cast<double>(interval.end_ns() - interval.begin_ns()) / static_cast<double>(kNsPerSecond);
    progress_.show({static_cast<double>(interval.end_ns()) / static_cast<double>(kNsPerSecond), sink_->contentions(),
                    static_cast<std::uint64_t>(static_cast<double>(contentions) / seconds), sink_->events(),
                    accounting_.lost(), output_.writer.bytes(),
                    static_cast<double>(interval.recorder_cpu_ns()) / seconds / 1e7,
                    static_cast<double>(bpf_ns(interval)) / seconds / 1e7, 1U << governor_.rates().event_bits, ""});
  }

  Result<RecordingResult> finish() {
    session_.set_phase(SOCKLOCK_STOPPING);
    session_.wait_for_programs();
    if (workload_ && options_.duration_seconds == 0 && result_.ended_by_signal == 0) workload_->wait();
    session_.set_phase(SOCKLOCK_IDLE);
    SOCKLOCK_TRY(flush(true));
    complete_header();
    trace::v1::Footer footer;
    footer.set_contentions(sink_->contentions());
    footer.set_wait_ns(sink_->wait_ns());
    footer.set_events(sink_->events());
    footer.set_lost(accounting_.lost());
    footer.set_duration_ns(interval_begin_ns_);
    *footer.mutable_header() = redaction_.applied(header_);
    SOCKLOCK_TRY(output_.writer.finish(std::move(footer)));
    result_.path = output_.path;
    result_.bytes = output_.writer.bytes();
    result_.contentions = sink_->contentions();
    result_.wait_ns = sink_->wait_ns();
    result_.lost = accounting_.lost();
    result_.seconds = static_cast<double>(interval_begin_ns_) / static_cast<double>(kNsPerSecond);
    return result_;
  }

  void complete_header() {
    if (workload_) result_.workload_status = workload_->poll();
    if (result_.workload_status) {
      header_.mutable_workload()->set_finished(true);
      header_.mutable_workload()->set_exit_status(*result_.workload_status);
    }
    header_.mutable_recorder()->clear_probes();
    for (auto& probe : session_.probes()) *header_.mutable_recorder()->add_probes() = std::move(probe);
    header_.clear_hash_tables();
    for (const auto& table : locks_.tables()) *header_.add_hash_tables() = table;
  }

  const RecordOptions& options_;
  Output& output_;
  Session& session_;
  Stacks stacks_;
  LockFacts& locks_;
  std::optional<Workload>& workload_;
  Header header_;
  Redaction redaction_;
  Progress progress_;
  std::optional<TraceSink> sink_;
  Accounting accounting_;
  Governor governor_;
  HostCounters counters_;
  std::vector<socklock_event> events_;
  RecordingResult result_;
  std::uint64_t start_ns_ = 0;
  std::uint64_t interval_begin_ns_ = 0;
  std::uint64_t recorder_cpu_ns_ = 0;
};

Header make_header(const RecordOptions& options, const Session& session, trace::v1::SpinlockMode mode,
                   const std::optional<Workload>& workload, const LockFacts& locks,
                   const std::vector<std::string>& notes) {
  Header header;
  header.set_run_id(make_run_id());
  header.set_label(options.label);
  *header.mutable_host() = read_host();
  header.set_spinlock_mode(mode);
  header.set_interval_ns(options.interval_ns);
  auto& recorder = *header.mutable_recorder();
  recorder.set_version(SOCKLOCK_VERSION);
  for (const auto& word : options.recorder_argv) recorder.add_options(word);
  recorder.set_level(1);
  for (auto& probe : session.probes()) *recorder.add_probes() = std::move(probe);
  recorder.set_stacks(std::string(name_of(options.stacks)));
  recorder.set_max_overhead_percent(options.max_overhead_percent);
  recorder.set_pid(static_cast<std::uint32_t>(getpid()));
  for (const auto& note : notes) recorder.add_notes(note);
  if (workload) {
    for (const auto& word : workload->argv()) header.mutable_workload()->add_argv(word);
    header.mutable_workload()->set_pid(static_cast<std::uint32_t>(workload->pid()));
  }
  if (options.pid != 0) header.mutable_workload()->set_filter(fmt::format("pid {}", options.pid));
  if (!options.cgroup.empty()) header.mutable_workload()->set_filter("cgroup " + options.cgroup);
  for (const auto& table : locks.tables()) *header.add_hash_tables() = table;
  return header;
}

// What can't be seen, in words; for the trace and for the user at once.
std::vector<std::string> notes_for(const Kallsyms& symbols, const Session& session, trace::v1::SpinlockMode mode,
                                   const std::optional<Error>& no_slabs) {
  std::vector<std::string> notes;
  if (symbols.hidden())
    notes.emplace_back(
        "kernel symbols are hidden (kernel.kptr_restrict): waits can't be filed under a call path; "
        "CAP_SYSLOG or kernel.kptr_restrict=0 shows them");
  else if (!symbols.by_name("__lock_sock"))
    notes.emplace_back("the kernel has no symbol __lock_sock: waits for the owner of a socket are not recorded");
  if (no_slabs) notes.push_back("locks inside slab objects stay unnamed: " + no_slabs->what);
  if (*spinlock_mode_note(mode) != '\0') notes.emplace_back(spinlock_mode_note(mode));
  for (const auto& probe : session.probes())
    if (!probe.attached()) notes.push_back(fmt::format("no {}: {}", probe.name(), probe.reason()));
  return notes;
}

Result<SessionOptions> session_options(const RecordOptions& options) {
  SessionOptions session;
  session.self_pid = static_cast<std::uint32_t>(getpid());
  session.filter_pid = options.pid;
  session.stacks = options.stacks;
  session.stack_rate_bits = kLeastStackBits;
  session.map_bytes = options.map_megabytes << 20;
  if (!options.cgroup.empty()) {
    SOCKLOCK_TRY_ASSIGN(const Cgroup cgroup, find_cgroup(options.cgroup));
    session.filter_cgroup = cgroup.id;
    session.filter_cgroup_level = cgroup.level;
  }
  return session;
}

}  // namespace

Result<RecordingResult> record(const RecordOptions& options) {
  const Signals signals;
  capture_libbpf_messages();
  SOCKLOCK_TRY_ASSIGN(const SessionOptions settings, session_options(options));
  SOCKLOCK_TRY_ASSIGN(const Kallsyms symbols, Kallsyms::read());
  SOCKLOCK_TRY_ASSIGN(Session session, Session::start(settings, symbols));
  const auto mode = test_spinlock_mode(session, symbols);
  auto slabs = SlabObjects::load();
  std::optional<Error> no_slabs;
  std::optional<SlabObjects> objects;
  if (slabs)
    objects.emplace(*std::move(slabs));
  else
    no_slabs = slabs.error();
  LockFacts locks(symbols, std::move(objects));
  // Last, so that a refusal above leaves neither a file nor a process behind.
  SOCKLOCK_TRY_ASSIGN(Output output, open_output(options));
  std::optional<Workload> workload;
  if (!options.command.empty()) {
    SOCKLOCK_TRY_ASSIGN(auto prepared, Workload::prepare(options.command, options.output == "-"));
    workload.emplace(std::move(prepared));
  }
  const auto notes = notes_for(symbols, session, mode, no_slabs);
  if (!options.quiet)
    for (const auto& note : notes) fmt::print(stderr, "socklock record: {}\n", note);
  // What loading took and gave back (type information, the verifier's log) would stay resident for good.
  malloc_trim(0);
  Recording recording(options, output, session, symbols, locks, workload,
                      make_header(options, session, mode, workload, locks, notes));
  return recording.run(signals);
}

}  // namespace socklock::collector
