// SPDX-License-Identifier: GPL-2.0-or-later
// What is exported: the runs of one side, or of two that are compared.
#pragma once

#include <string>
#include <vector>

namespace socklock::analyzer {

struct LabelledRun;

struct ExportSide {
  std::string name;  // "before" or "after"; empty where there is one side only
  std::vector<LabelledRun> runs;
};

}  // namespace socklock::analyzer
