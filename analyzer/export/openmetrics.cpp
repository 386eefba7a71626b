// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/export/openmetrics.h"

#include <fmt/format.h>

#include <map>
#include <tuple>
#include <utility>

#include "analyzer/export/exporter.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/measure/wait_stats.h"
#include "base/text.h"
#include "base/units.h"
#include "proto/loss_counters.h"

namespace socklock::analyzer {
namespace {

// Octaves at whose ends the histogram has a bound, in powers of four: 255 ns to 17 s.
constexpr unsigned kFirstBound = 8, kLastBound = 34, kBoundStep = 2;

using Labels = std::vector<std::pair<std::string_view, std::string>>;

std::string label_text(const Labels& labels) {
  std::string text;
  for (const auto& [key, value] : labels) {
    if (value.empty() && key == "side") continue;
    text += fmt::format("{}{}=\"", text.empty() ? "" : ",", key);
    for (const char c : printable(value)) {
      if (c == '\\' || c == '"') text += '\\';
      text += c;
    }
    text += '"';
  }
  return text.empty() ? text : "{" + text + "}";
}

// Exact: no double in between.
std::string seconds(std::uint64_t ns) { return fmt::format("{}.{:09}", ns / kNsPerSecond, ns % kNsPerSecond); }

// A metric family and its samples, which have to stand together.
class Family {
 public:
  Family(std::string name, const char* type, const char* unit, const char* help) : name_(std::move(name)) {
    head_ = fmt::format("# TYPE {} {}\n", name_, type);
    if (*unit != '\0') head_ += fmt::format("# UNIT {} {}\n", name_, unit);
    head_ += fmt::format("# HELP {} {}\n", name_, help);
  }
  void add(const char* suffix, const Labels& labels, const std::string& value) {
    samples_ += fmt::format("{}{}{} {}\n", name_, suffix, label_text(labels), value);
  }
  void add(const char* suffix, const Labels& labels, std::uint64_t value) {
    add(suffix, labels, std::to_string(value));
  }
  [[nodiscard]] std::string text() const { return samples_.empty() ? "" : head_ + samples_; }

 private:
  std::string name_, head_, samples_;
};

// What is counted of one side.
struct Sums {
  std::map<std::tuple<ClassId, CallPath, Context>, WaitSums> waits;
  std::map<ClassId, WaitStats> classes;
  Work work;
  std::map<std::uint32_t, std::uint64_t> losses;
  std::uint64_t recorded_ns = 0;
  std::uint64_t recorder_cpu_ns = 0;
  // What was not recorded has no sample: a zero would claim that there was nothing.
  bool knows_distribution = true;
  bool knows_work = true;
  bool knows_duration = true;
};

// An importer's run has whatever the other tool recorded.
bool knows_work(const Run& run) { return run.facts.knows.work || run.work != Work(); }

Sums sums_of(const ExportSide& side) {
  Sums sums;
  for (const LabelledRun& labelled : side.runs) {
    const Run& run = labelled.run;
    for (std::size_t row = 0; row < run.waits.size(); ++row) {
      const WaitLabels& labels = labelled.labels[row];
      sums.waits[{labels.lock_class, labels.path, labels.context}].add(run.waits.sums[row]);
      sums.classes[labels.lock_class].add(run.waits.sums[row], run.waits.cells_of(row));
    }
    sums.work.add(run.work);
    for (const Loss& loss : run.losses) sums.losses[loss.reason] += loss.count;
    sums.recorded_ns += run.duration_ns();
    sums.knows_duration = sums.knows_duration && run.facts.knows.duration;
    sums.recorder_cpu_ns += run.recorder_cpu_ns;
    sums.knows_distribution = sums.knows_distribution && knows_distribution(run.facts);
    sums.knows_work = sums.knows_work && knows_work(run);
  }
  return sums;
}

struct Families {
  Family info{"socklock_recording", "info", "", "What was recorded, and how much of it the machine lets be seen."};
  Family recorded{"socklock_recorded_seconds", "counter", "seconds", "Time that was recorded."};
  Family contentions{"socklock_contentions", "counter", "", "Acquisitions of a lock that had to wait."};
  Family wait{"socklock_wait_seconds", "counter", "seconds", "Time waited for locks."};
  Family gave_up{"socklock_gave_up", "counter", "", "Waits that ended without the lock."};
  Family duration{"socklock_wait_duration_seconds", "histogram", "seconds", "How long single waits were."};
  Family connections{"socklock_connections", "counter", "", "TCP connections opened, accepted and closed meanwhile."};
  Family operations{"socklock_operations", "counter", "", "Send and receive operations on sockets meanwhile."};
  Family bytes{"socklock_socket_bytes", "counter", "bytes", "Bytes sent and received on sockets meanwhile."};
  Family cpu{"socklock_host_cpu_seconds", "counter", "seconds", "CPU time of the whole host meanwhile."};
  Family recorder_cpu{"socklock_recorder_cpu_seconds", "counter", "seconds", "CPU time of the recorder itself."};
  Family lost{"socklock_lost_events", "counter", "", "Events that happened and are in no record, by reason."};
};

void add_waits(const ExportSide& side, const Sums& sums, const Taxonomy& taxonomy, Families& families) {
  for (const auto& [key, waits] : sums.waits) {
    const auto& [lock_class, path, context] = key;
    const Labels labels{{"side", side.name},
                        {"lock_class", taxonomy.at(lock_class).name},
                        {"role", std::string(name_of(taxonomy.at(lock_class).role))},
                        {"call_path", std::string(name_of(path))},
                        {"context", std::string(name_of(context))}};
    families.contentions.add("_total", labels, waits.contentions);
    families.wait.add("_total", labels, seconds(waits.wait_ns));
    if (waits.gave_up > 0) families.gave_up.add("_total", labels, waits.gave_up);
  }
}

void add_durations(const ExportSide& side, const Sums& sums, const Taxonomy& taxonomy, Families& families) {
  for (const auto& [lock_class, stats] : sums.classes) {
    Labels labels{{"side", side.name}, {"lock_class", taxonomy.at(lock_class).name}, {"le", ""}};
    std::uint64_t below = 0;
    unsigned bucket = 0;
    for (unsigned bound = kFirstBound; bound <= kLastBound; bound += kBoundStep) {
      // "le" includes its value, a bucket of ours excludes its end: the last whole ns below it.
      const std::uint64_t end_ns = std::uint64_t{1} << bound;
      for (; bucket < SOCKLOCK_WAIT_BUCKETS && socklock_wait_bucket_low(bucket) < end_ns; ++bucket)
        below += stats.histogram[bucket];
      labels.back().second = seconds(end_ns - 1);
      families.duration.add("_bucket", labels, below);
    }
    labels.back().second = "+Inf";
    families.duration.add("_bucket", labels, stats.sums.contentions);
    labels.pop_back();
    families.duration.add("_count", labels, stats.sums.contentions);
    families.duration.add("_sum", labels, seconds(stats.sums.wait_ns));
  }
}

void add_work(const ExportSide& side, const Work& work, Families& families) {
  for (const auto& [state, count] : {std::pair{"opened", work.connections_active},
                                     {"accepted", work.connections_passive},
                                     {"closed", work.connections_closed}})
    families.connections.add("_total", {{"side", side.name}, {"state", state}}, count);
  for (const auto& [direction, operations, bytes] :
       {std::tuple{"send", work.send_operations, work.send_bytes},
        std::tuple{"receive", work.receive_operations, work.receive_bytes}}) {
    families.operations.add("_total", {{"side", side.name}, {"direction", direction}}, operations);
    families.bytes.add("_total", {{"side", side.name}, {"direction", direction}}, bytes);
  }
  if (work.cpu_busy_ns > 0) families.cpu.add("_total", {{"side", side.name}}, seconds(work.cpu_busy_ns));
}

void add_rest(const ExportSide& side, const Sums& sums, Families& families) {
  const Labels only_side{{"side", side.name}};
  if (sums.knows_duration) families.recorded.add("_total", only_side, seconds(sums.recorded_ns));
  if (sums.recorder_cpu_ns > 0) families.recorder_cpu.add("_total", only_side, seconds(sums.recorder_cpu_ns));
  if (sums.knows_work) add_work(side, sums.work, families);
  for (const auto& [reason, count] : sums.losses) {
    const trace::LossInfo* info = trace::find_loss(reason);
    const std::string name = info == nullptr ? "unknown_" + std::to_string(reason) : std::string(info->name);
    families.lost.add("_total", {{"side", side.name}, {"reason", name}}, count);
  }
  if (side.runs.empty()) return;
  const RunFacts& facts = side.runs.front().run.facts;
  families.info.add("_info",
                    {{"side", side.name},
                     {"label", facts.label},
                     {"kernel", facts.host.kernel_release},
                     {"spinlock_mode", name_of(facts.spinlock_mode)},
                     {"level", std::to_string(facts.level)},
                     {"runs", std::to_string(side.runs.size())}},
                    std::uint64_t{1});
}

}  // namespace

std::string openmetrics(std::span<const ExportSide> sides, const Taxonomy& taxonomy) {
  Families families;
  for (const ExportSide& side : sides) {
    const Sums sums = sums_of(side);
    add_waits(side, sums, taxonomy, families);
    if (sums.knows_distribution) add_durations(side, sums, taxonomy, families);
    add_rest(side, sums, families);
  }
  std::string text;
  for (const Family* family : {&families.info, &families.recorded, &families.contentions, &families.wait,
                               &families.gave_up, &families.duration, &families.connections, &families.operations,
                               &families.bytes, &families.cpu, &families.recorder_cpu, &families.lost})
    text += family->text();
  return text + "# EOF\n";
}

namespace {

ExportFiles export_openmetrics(const ExportRequest& request) {
  return std::vector{ExportFile{openmetrics(request.sides, request.taxonomy)}};
}

}  // namespace

extern const Exporter kOpenMetricsExporter{
    "openmetrics", "Prometheus and its kin: counters and histograms by lock class", false, export_openmetrics};

}  // namespace socklock::analyzer
