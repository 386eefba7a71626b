// SPDX-License-Identifier: GPL-2.0-or-later
// Formats of other tools that traces are handed over in, once: the command line, its help, completion and manual pages,
// and the tests read this table. A new one is a file of its own and a line in exporter.cpp.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/export/sides.h"
#include "analyzer/export/stack_profile.h"
#include "analyzer/measure/filter.h"
#include "analyzer/measure/work_unit.h"
#include "base/result.h"

namespace socklock::analyzer {

struct ExportRequest {
  const Taxonomy& taxonomy;
  std::vector<ExportSide> sides;                   // one, or before and after
  std::vector<std::string> paths;                  // of the traces of the first side
  std::optional<WorkUnit> unit{};                  // asked for
  ProfileMeasure measure = ProfileMeasure::kWait;  // of formats that have room for one

  Filter filter{};  // that the sides' waits met; formats of single waits ask it themselves

  // The unit asked for, else the first that every run has.
  [[nodiscard]] WorkUnit work_unit() const;
  // A profile a side. Sides that are compared are scaled to the same work; one side is as it was recorded, unless a
  // unit is asked for.
  [[nodiscard]] Result<std::vector<StackProfile>> profiles() const;
};

struct ExportFile {
  std::string bytes;
  std::string side{};  // where a side is a file of its own: its name
};
using ExportFiles = Result<std::vector<ExportFile>>;

struct Exporter {
  const char* name;     // of the format
  const char* summary;  // which tools read it, and what is in it
  bool is_binary;       // nothing for a terminal
  ExportFiles (*run)(const ExportRequest& request);
};

// Where a side is a file of its own: "a.pb.gz" and "before" are "a-before.pb.gz".
std::string path_for_side(const std::string& path, const std::string& side);

std::span<const Exporter* const> exporters();
// nullptr: there is none of that name.
const Exporter* find_exporter(std::string_view name);

}  // namespace socklock::analyzer
