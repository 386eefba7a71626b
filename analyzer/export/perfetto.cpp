// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/export/perfetto.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

#include "analyzer/export/exporter.h"
#include "analyzer/export/stack_profile.h"
#include "analyzer/label/classes_of_locks.h"
#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/load/event_reader.h"
#include "analyzer/load/kernel_stack.h"
#include "analyzer/load/run.h"
#include "analyzer/measure/conditions.h"
#include "base/text.h"
#include "export/perfetto.pb.h"

namespace socklock::analyzer {
namespace {

struct Wait {
  std::uint64_t begin_ns;
  std::uint64_t end_ns;
  WaitKey key;
  std::uint16_t cpu;
  std::uint32_t weight;
};

// Begin or end of a wait. Where times are equal: ends of what began before, then begins, the longer wait first,
// then ends of waits of no length; so that slices nest.
struct Edge {
  std::uint64_t at_ns;
  std::uint8_t turn;
  std::uint64_t length_order;
  std::uint32_t wait;
  auto operator<=>(const Edge&) const = default;
};

constexpr std::uint8_t kEnd = 0, kBegin = 1, kEndOfNoLength = 2;

std::vector<Edge> edges_of(const std::vector<Wait>& waits) {
  std::vector<Edge> edges;
  edges.reserve(2 * waits.size());
  for (std::uint32_t i = 0; i < waits.size(); ++i) {
    const std::uint64_t length = waits[i].end_ns - waits[i].begin_ns;
    edges.push_back({waits[i].begin_ns, kBegin, UINT64_MAX - length, i});
    edges.push_back({waits[i].end_ns, length == 0 ? kEndOfNoLength : kEnd, length, i});
  }
  std::sort(edges.begin(), edges.end());
  return edges;
}

std::vector<Wait> waits_of(EventReader& events) {
  std::vector<Wait> waits;
  while (const trace::EventColumns* columns = events.next())
    for (std::size_t i = 0; i < columns->size(); ++i) {
      const WaitKey key{LockId{columns->lock[i]}, StackId{columns->stack[i]},        ThreadId{columns->thread[i]},
                        columns->syscall[i],      kernel_stack(columns->context[i]), columns->flags[i]};
      const std::uint64_t end_ns = columns->end_ns[i];
      waits.push_back(
          {end_ns - std::min(end_ns, columns->wait_ns[i]), end_ns, key, columns->cpu[i], columns->weight[i]});
    }
  return waits;
}

// What each wait is of: where a sample has the call stacks, by the other waits for its lock.
class Naming {
 public:
  Naming(const std::vector<Wait>& waits, const Run& run, const Taxonomy& taxonomy) : labeller_(run, taxonomy) {
    for (const Wait& wait : waits) classes_.add(wait.key, labeller_.label(wait.key));
  }
  WaitLabels label(const WaitKey& key) { return classes_.completed(key, labeller_.label(key)); }

 private:
  WaitLabeller labeller_;
  ClassesOfLocks classes_;
};

std::vector<Wait> meeting(const std::vector<Wait>& waits, Naming& naming, const Run& run, const Taxonomy& taxonomy,
                          const Filter& filter) {
  if (filter.is_empty()) return waits;
  LabelledRun rows;  // a wait each
  rows.run.dictionaries = run.dictionaries;
  rows.run.facts = run.facts;
  for (const Wait& wait : waits) {
    rows.run.waits.keys.push_back(wait.key);
    rows.labels.push_back(naming.label(wait.key));
  }
  const std::vector<bool> meets = rows_meeting(rows, taxonomy, filter);
  std::vector<Wait> kept;
  for (std::size_t i = 0; i < waits.size(); ++i) {
    const std::uint64_t end_ns = waits[i].end_ns;
    if (meets[i] && (!filter.range || (end_ns >= filter.range->begin_ns && end_ns < filter.range->end_ns)))
      kept.push_back(waits[i]);
  }
  return kept;
}

class Writer {
 public:
  Writer(const Run& run, const Taxonomy& taxonomy, Naming& naming, const Filter& filter)
      : run_(run), taxonomy_(taxonomy), naming_(naming), names_(run.dictionaries) {
    for (const std::string& condition : condition_texts(filter)) counter_name_ += "; only " + printable(condition);
  }

  std::string write(const std::vector<Wait>& waits) {
    auto& counter = *packet(0).mutable_track_descriptor();
    counter.set_uuid(kCounterTrack);
    counter.set_name(counter_name_);
    counter.mutable_counter()->set_unit_name("waits");
    for (const Edge& edge : edges_of(waits)) {
      edge.turn == kBegin ? begin(waits, edge.wait) : end(waits, edge.wait);
      auto& value = event(edge.at_ns, perfetto::TrackEvent::TYPE_COUNTER, kCounterTrack);
      value.set_counter_value(under_way_);
    }
    return message_.SerializeAsString();
  }

 private:
  static constexpr std::uint64_t kCounterTrack = 1;
  struct Track {
    std::uint64_t uuid = 0;
    std::vector<std::uint32_t> open;  // waits, outermost first
  };

  perfetto::TracePacket& packet(std::uint64_t at_ns) {
    auto& added = *message_.add_packet();
    added.set_timestamp(at_ns);
    added.set_trusted_packet_sequence_id(1);
    return added;
  }

  perfetto::TrackEvent& event(std::uint64_t at_ns, perfetto::TrackEvent::Type type, std::uint64_t track) {
    auto& added = *packet(at_ns).mutable_track_event();
    added.set_type(type);
    added.set_track_uuid(track);
    return added;
  }

  // Threads have a track each. Interrupts, and the idle threads, which all have the number 0, have one a CPU.
  Track& track_of(const Wait& wait) {
    const Thread& thread = run_.dictionaries.at(wait.key.thread);
    const bool is_cpu = wait.key.on == KernelStack::kInterrupt || thread.tid == 0;
    const std::uint64_t number = is_cpu ? wait.cpu : index_of(wait.key.thread);
    Track& track = tracks_[{is_cpu, number}];
    if (track.uuid != 0) return track;
    track.uuid = kCounterTrack + tracks_.size();
    auto& descriptor = *packet(wait.begin_ns).mutable_track_descriptor();
    descriptor.set_uuid(track.uuid);
    if (is_cpu) {
      descriptor.set_name(
          fmt::format("CPU {}: {}", wait.cpu, wait.key.on == KernelStack::kInterrupt ? "interrupts" : "idle thread"));
    } else {
      descriptor.mutable_thread()->set_pid(static_cast<std::int32_t>(thread.pid));
      descriptor.mutable_thread()->set_tid(static_cast<std::int32_t>(thread.tid));
      descriptor.mutable_thread()->set_thread_name(printable(thread.comm));
    }
    return track;
  }

  void describe(const Wait& wait, perfetto::TrackEvent& event) {
    const WaitLabels labels = naming_.label(wait.key);
    const LockClass& lock_class = taxonomy_.at(labels.lock_class);
    event.add_categories("lock");
    event.set_name(printable(lock_class.name));
    const auto note = [&event](const char* name, const std::string& value) {
      auto& annotation = *event.add_debug_annotations();
      annotation.set_name(name);
      annotation.set_string_value(printable(value));
    };
    note("lock", names_.name(run_.dictionaries.at(wait.key.lock), lock_class));
    note("role", std::string(name_of(lock_class.role)));
    note("call_path", std::string(name_of(labels.path)));
    note("context", std::string(name_of(labels.context)));
    if (wait.key.stack != kNoStack) note("function", display_name(run_.dictionaries.at(labels.taker)));
    if (wait.weight != 1) {
      auto& weight = *event.add_debug_annotations();
      weight.set_name("stands_for_waits");
      weight.set_uint_value(wait.weight);
    }
  }

  void begin(const std::vector<Wait>& waits, std::uint32_t number) {
    const Wait& wait = waits[number];
    Track& track = track_of(wait);
    ++under_way_;
    // What does not nest, which a damaged trace can hold, would end another slice: it is shown as an instant.
    const bool nests = track.open.empty() || waits[track.open.back()].end_ns >= wait.end_ns;
    describe(wait,
             event(wait.begin_ns, nests ? perfetto::TrackEvent::TYPE_SLICE_BEGIN : perfetto::TrackEvent::TYPE_INSTANT,
                   track.uuid));
    if (nests) track.open.push_back(number);
  }

  void end(const std::vector<Wait>& waits, std::uint32_t number) {
    Track& track = track_of(waits[number]);
    --under_way_;
    if (track.open.empty() || track.open.back() != number) return;  // shown as an instant
    track.open.pop_back();
    event(waits[number].end_ns, perfetto::TrackEvent::TYPE_SLICE_END, track.uuid);
  }

  const Run& run_;
  const Taxonomy& taxonomy_;
  Naming& naming_;
  InstanceNames names_;
  perfetto::Trace message_;
  std::map<std::pair<bool, std::uint64_t>, Track> tracks_;
  std::string counter_name_ = "waits under way";
  std::int64_t under_way_ = 0;
};

}  // namespace

std::string perfetto_trace(const Run& run, const Taxonomy& taxonomy, EventReader& events, const Filter& filter) {
  const std::vector<Wait> waits = waits_of(events);
  Naming naming(waits, run, taxonomy);
  return Writer(run, taxonomy, naming, filter).write(meeting(waits, naming, run, taxonomy, filter));
}

namespace {

ExportFiles export_perfetto(const ExportRequest& request) {
  if (request.sides.size() != 1 || request.sides.front().runs.size() != 1)
    return fail({"Perfetto's format takes one trace", "", "export one trace at a time", ExitCode::kUsage});
  const Run& run = request.sides.front().runs.front().run;
  const std::string& path = request.paths.front();  // which a redaction cuts in the run
  if (run.events == 0)
    return fail({"no single events in this trace", "'" + path + "'", "summaries can be exported to the other formats",
                 ExitCode::kNotEnoughData});
  SOCKLOCK_TRY_ASSIGN(EventReader events, EventReader::open(path, run.budget_bytes));
  return std::vector{ExportFile{perfetto_trace(run, request.taxonomy, events, request.filter)}};
}

}  // namespace

extern const Exporter kPerfettoExporter{
    "perfetto", "Perfetto: every recorded wait on the track of its thread (one trace)", true, export_perfetto};

}  // namespace socklock::analyzer
