// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/platform/recorder.h"

#include <malloc.h>

#include <csignal>
#include <utility>

#include "base/message.h"
#include "collector/output/output_file.h"
#include "collector/output/service_manager.h"
#include "collector/output/trace_folder.h"
#include "collector/process/command.h"
#include "collector/process/priority.h"
#include "collector/process/privileges.h"
#include "collector/record/equipment.h"
#include "collector/record/metrics.h"
#include "collector/record/recording.h"

namespace socklock::collector {
namespace {

// After everything is attached, and forked what is to keep its rights.
void settle(bool has_command) {
  drop_capabilities(has_command);
  // What loading took and gave back (type information, the verifier's log) would stay resident, and
  // so would every large piece that glibc serves from the heap after one such was freed (mallopt(3)).
  mallopt(M_MMAP_THRESHOLD, 1 << 18);
  malloc_trim(0);
}

// Records one trace after another with the same equipment.
class Recorder {
 public:
  // All outlive the recorder.
  Recorder(const RecordOptions& options, Equipment& equipment, Metrics& metrics, SignalWatch& signals)
      : options_(options),
        equipment_(equipment),
        metrics_(metrics),
        signals_(signals),
        manager_(options.service.wanted) {}

  // One trace, of the command where there is one.
  Result<RecordingResult> record_once();
  // Trace after trace, until the target ends or a signal other than SIGHUP comes; SIGHUP asks for the next trace.
  Result<RecordingResult> record_service();

 private:
  Result<RecordingResult> record_trace(Output output, std::optional<ChildProcess> command, TraceFolder* folder);

  const RecordOptions& options_;
  Equipment& equipment_;
  Metrics& metrics_;
  SignalWatch& signals_;
  ServiceManager manager_;
};

// `folder`: of a service, which decides when the trace is long enough; else null.
Result<RecordingResult> Recorder::record_trace(Output output, std::optional<ChildProcess> command,
                                               TraceFolder* folder) {
  const std::string path = output.path;
  Recording recording(options_, equipment_, std::move(output), std::move(command),
                      {[&](std::uint64_t now_ns) { manager_.alive(now_ns); },
                       [&](const Written& written) {
                         metrics_.add(written);
                         return folder != nullptr &&
                                folder->after_interval(written.trace_bytes, written.interval.end_ns());
                       }});
  SOCKLOCK_TRY(recording.begin(signals_));
  manager_.recording(path);
  // Only now: a file may have been replaced, in a folder of somebody else's. A service did so before.
  if (folder == nullptr) settle(!options_.command.empty());
  auto result = recording.run(signals_);
  equipment_.session.keep_frames();
  return result;
}

Result<RecordingResult> Recorder::record_service() {
  SOCKLOCK_TRY_ASSIGN(TraceFolder folder, TraceFolder::open(options_.service));
  settle(false);
  for (;;) {
    SOCKLOCK_TRY_ASSIGN(Output output, folder.next());
    SOCKLOCK_TRY_ASSIGN(auto result, record_trace(std::move(output), std::nullopt, &folder));
    if (result.ended_by_signal != 0 && result.ended_by_signal != SIGHUP) return result;
    if (equipment_.target && equipment_.target->has_ended()) return result;
    // The last is said by who called.
    if (!options_.quiet) say(Severity::kInformation, "socklock record", describe(result));
    equipment_.session.clear();
  }
}

Result<RecordingResult> Recorder::record_once() {
  // Last, so that a refusal before leaves neither a file nor a process behind.
  SOCKLOCK_TRY_ASSIGN(auto command, prepare_command(options_));
  SOCKLOCK_TRY_ASSIGN(Output output, open_output(options_));
  return record_trace(std::move(output), std::move(command), nullptr);
}

// Before whatever keeps the host busy, which is what is to be recorded.
Result<Equipment> make_equipment_first(const RecordOptions& options) {
  const HighPriority priority;
  return make_equipment(options);
}

}  // namespace

Result<RecordingResult> record(const RecordOptions& options) {
  if (!options.service.wanted) SOCKLOCK_TRY(check_output(options));
  // Until here a signal just ends this program: there is nothing yet that would have to be ended in good order.
  SOCKLOCK_TRY_ASSIGN(Equipment equipment, make_equipment_first(options));
  SignalWatch signals;
  SOCKLOCK_TRY_ASSIGN(Metrics metrics, Metrics::open(options.metrics));
  Recorder recorder(options, equipment, metrics, signals);
  return options.service.wanted ? recorder.record_service() : recorder.record_once();
}

}  // namespace socklock::collector
