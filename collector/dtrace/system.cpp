// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/platform/system.h"

namespace socklock::collector {

std::vector<RefusedOption> refused_options() {
  constexpr const char* kWholeHost = "the scripts record the whole host";
  constexpr const char* kOneTrace = "a recording is one trace; begin the next one after it";
  return {{"--pid", kWholeHost},
          {"--cgroup", kWholeHost},
          {"--stacks", "the sums are by call stack, so every wait has one"},
          {"--max-overhead", "dtrace counts every wait and takes no bound; --level 1, the default, is the cheap way"},
          {"--min-wait", "the scripts print every wait; socklock report has it, too"},
          {"--interval", "the scripts print once a second"},
          {"--map-mb", "the sizes of dtrace's buffers are in the scripts"},
          {"--redact", "socklock report and export have it; the trace keeps the names of threads"},
          {"--probe-spinlocks", "acquisitions are those that the lockstat provider counts; --level 2"},
          {"--cpu-profile", "the scripts take no samples of the CPU"},
          {"--socket-addresses", "the lockstat provider does not say which socket a lock is in"},
          {"--service", kOneTrace},
          {"--dir", kOneTrace},
          {"--max-size", kOneTrace},
          {"--max-age", kOneTrace},
          {"--rotate", kOneTrace},
          {"--metrics", "totals are in the trace; socklock export --to openmetrics makes metrics of it"}};
}

LevelOption level_option() {
  return {1,
          "1: contention only; 2: acquisitions, too, which slows every lock of the host: compare only with recordings "
          "of the same level"};
}

std::string recorded_with() { return ""; }

}  // namespace socklock::collector
