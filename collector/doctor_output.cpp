// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/doctor_output.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/json_text.h"
#include "base/report_error.h"
#include "collector/host/spinlock_mode.h"
#include "collector/platform/doctor.h"

namespace socklock::collector {
namespace {

void print_json(const Diagnosis& diagnosis) {
  nlohmann::ordered_json document{{"schema", "socklock.doctor/1"},
                                  {"level", diagnosis.level},
                                  {"spinlock_mode", spinlock_mode_name(diagnosis.spinlock_mode)},
                                  {"probes", nlohmann::ordered_json::array()}};
  for (const auto& finding : diagnosis.findings)
    document["probes"].push_back({{"name", finding.name},
                                  {"available", finding.available},
                                  {"gives", finding.gives},
                                  {"reason", finding.reason},
                                  {"remedy", finding.remedy}});
  fmt::print("{}\n", dumped(document, 2));
}

void print_text(const Diagnosis& diagnosis) {
  fmt::print("level {}: {}\n", diagnosis.level,
             diagnosis.level == 0 ? "nothing can be recorded here" : "contention can be recorded here");
  const bool shows_mode = diagnosis.level > 0 && diagnosis.has_spinlock_mode;
  if (shows_mode) fmt::print("spinlock mode: {}\n", spinlock_mode_name(diagnosis.spinlock_mode));
  if (shows_mode && *spinlock_mode_note(diagnosis.spinlock_mode) != '\0')
    fmt::print("  {}\n", spinlock_mode_note(diagnosis.spinlock_mode));
  fmt::print("\n");
  for (const auto& finding : diagnosis.findings) {
    fmt::print("{:<3} {:<22} {}\n", finding.available ? "yes" : "no", finding.name, finding.gives);
    if (!finding.reason.empty()) fmt::print("      why not: {}\n", finding.reason);
    if (!finding.remedy.empty()) fmt::print("      remedy:  {}\n", finding.remedy);
  }
}

}  // namespace

int print_diagnosis(bool json, int required_level) {
  const Diagnosis diagnosis = diagnose();
  json ? print_json(diagnosis) : print_text(diagnosis);
  if (diagnosis.level == 0) return static_cast<int>(diagnosis.exit_code);
  if (diagnosis.level >= required_level) return 0;
  const auto level = fmt::format("the capability level is {}, and {} is required", diagnosis.level, required_level);
  return report_error("socklock doctor", {level, "", "each no above says why", ExitCode::kKernelLacks});
}

}  // namespace socklock::collector
