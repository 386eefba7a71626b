// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/record/metrics.h"

#include <utility>

#include <fmt/format.h>

#include "base/atomic_file.h"
#include "base/message.h"
#include "base/text.h"
#include "proto/loss_counters.h"
#include "proto/work_counters.h"

namespace socklock::collector {
namespace {

double seconds(std::uint64_t ns) { return static_cast<double>(ns) / 1e9; }

// The head of a family, as the OpenMetrics specification 1.0 orders it: TYPE, UNIT, HELP.
std::string family(std::string_view name, std::string_view type, std::string_view unit, std::string_view help) {
  std::string text = fmt::format("# TYPE {} {}\n", name, type);
  if (!unit.empty()) text += fmt::format("# UNIT {} {}\n", name, unit);
  return text + fmt::format("# HELP {} {}\n", name, help);
}

// The first so many cgroups that wait get labels of their own, the others one together: a label once given stays.
constexpr std::size_t kMostCgroups = 64;
constexpr const char* kOtherCgroups = "(others)";

// A path is whatever its maker called it.
std::string label_value(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\' || c == '"') escaped += '\\';
    escaped += c == '\n' ? ' ' : c;
  }
  return escaped;
}

}  // namespace

Result<Metrics> Metrics::open(const std::string& path) {
  Metrics metrics(path);
  if (path.empty()) return metrics;
  auto written = metrics.write();
  if (written) return metrics;
  Error error = std::move(written).error();
  error.what = "the metrics: " + error.what;
  error.hint = "its folder has to be writable: the file is replaced as a whole";
  return fail(std::move(error));
}

void Metrics::add(const Written& written) {
  if (path_.empty()) return;
  for (const auto& row : written.rows) {
    Waits& waits = by_lock_[written.locks.group(lock_key(row.sums))];
    waits.contentions += row.sums.contentions;
    waits.wait_ns += row.sums.wait_ns;
  }
  add_cgroups(written);
  const auto& interval = written.interval;
  for (const auto& loss : interval.losses()) {
    const auto* info = trace::find_loss(loss.id());
    if (info && info->severity == trace::LossSeverity::kTotals) lost_[std::string(info->name)] += loss.value();
  }
  for (const auto& work : interval.work())
    if (const auto* info = trace::find_work(work.id())) work_[info->name] += work.value();
  recorder_cpu_ns_ += interval.recorder_cpu_ns();
  bpf_ns_ += interval.bpf_run_time_ns() != 0
                 ? interval.bpf_run_time_ns()
                 : interval.bpf_timed_ns() + interval.bpf_work_ns() + interval.bpf_switches_ns();
  rss_bytes_ = interval.recorder_rss_bytes();
  trace_bytes_ = written.trace_bytes;
  if (const auto done = write(); !done && !std::exchange(failed_, true))
    say(Severity::kWarning, "socklock record", "the metrics: " + printable(done.error().message()));
}

void Metrics::add_cgroups(const Written& written) {
  std::map<std::uint64_t, Waits> by_id;
  for (const auto& event : written.events) {
    Waits& waits = by_id[event.cgroup];
    waits.contentions += std::uint64_t{1} << event.rate_bits;
    waits.wait_ns += event.wait_ns << event.rate_bits;
  }
  for (const auto& [id, sums] : by_id) {
    const std::string path = written.cgroups.path(id);
    const std::string label = path.empty() ? "(not known)" : path;
    const bool has_own = by_cgroup_.contains(label) || by_cgroup_.size() < kMostCgroups;
    Waits& waits = by_cgroup_[has_own ? label : kOtherCgroups];
    waits.contentions += sums.contentions;
    waits.wait_ns += sums.wait_ns;
  }
}

std::string Metrics::text() const {
  std::string text = family("socklock_contentions", "counter", "", "Contended acquisitions, by what the lock is in.");
  for (const auto& [lock, waits] : by_lock_)
    text += fmt::format("socklock_contentions_total{{lock=\"{}\"}} {}\n", lock, waits.contentions);
  text += family("socklock_wait_seconds", "counter", "seconds", "Time waited for locks, by what the lock is in.");
  for (const auto& [lock, waits] : by_lock_)
    text += fmt::format("socklock_wait_seconds_total{{lock=\"{}\"}} {:.9f}\n", lock, seconds(waits.wait_ns));
  text += family("socklock_cgroup_contentions", "counter", "",
                 "Contended acquisitions by cgroup of who waited, of single waits: those that were lost are missing.");
  for (const auto& [cgroup, waits] : by_cgroup_)
    text +=
        fmt::format("socklock_cgroup_contentions_total{{cgroup=\"{}\"}} {}\n", label_value(cgroup), waits.contentions);
  text += family("socklock_cgroup_wait_seconds", "counter", "seconds", "Time waited for locks, likewise.");
  for (const auto& [cgroup, waits] : by_cgroup_)
    text += fmt::format("socklock_cgroup_wait_seconds_total{{cgroup=\"{}\"}} {:.9f}\n", label_value(cgroup),
                        seconds(waits.wait_ns));
  text += family("socklock_work", "counter", "", "What the host got done, by kind.");
  for (const auto& [kind, count] : work_) text += fmt::format("socklock_work_total{{kind=\"{}\"}} {}\n", kind, count);
  text += family("socklock_lost_waits", "counter", "", "Waits that are in no total, by reason.");
  for (const auto& [reason, count] : lost_)
    text += fmt::format("socklock_lost_waits_total{{reason=\"{}\"}} {}\n", reason, count);
  text += family("socklock_recorder_cpu_seconds", "counter", "seconds", "CPU time of the recorder's process.");
  text += fmt::format("socklock_recorder_cpu_seconds_total {:.9f}\n", seconds(recorder_cpu_ns_));
  text += family("socklock_bpf_seconds", "counter", "seconds", "Run time of the recorder's BPF programs.");
  text += fmt::format("socklock_bpf_seconds_total {:.9f}\n", seconds(bpf_ns_));
  text += family("socklock_recorder_resident_bytes", "gauge", "bytes", "Resident memory of the recorder's process.");
  text += fmt::format("socklock_recorder_resident_bytes {}\n", rss_bytes_);
  text += family("socklock_trace_bytes", "gauge", "bytes", "Size of the trace that is being written.");
  text += fmt::format("socklock_trace_bytes {}\n", trace_bytes_);
  return text + "# EOF\n";
}

// Not synced to disk: it is written anew every interval, and nobody wants it back after a crash.
Result<void> Metrics::write() const { return write_file(path_, text(), {.replaces = true, .is_synced = false}); }

}  // namespace socklock::collector
