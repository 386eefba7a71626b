// SPDX-License-Identifier: GPL-2.0-or-later
// What capability level 2 measured in one run, as every form of a report shows it: acquisitions and contention
// ratios, hold times, and who held what others waited for.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/measure/acquisitions.h"

namespace socklock::analyzer {

// A table of figures whose first column is names.
struct FigureTable {
  std::string heading;              // for pages
  std::string note;                 // what could not be measured, and why; how to read it
  std::vector<std::string> titles;  // of columns
  std::vector<std::vector<std::string>> rows;
  std::size_t more = 0;  // rows beyond the limit

  // Keeps `limit` rows, 0: all.
  void cut(std::size_t limit);
};

// "tcp.ehash", "tcp.ehash × setup".
std::string class_name(const Taxonomy& taxonomy, ClassId lock_class, std::optional<CallPath> path);
// "1 234", "≥ 1 234"; per unit of work where `work` is not 0.
std::string acquisitions_text(const Acquisitions& acquisitions, double work = 0);
// "12.5%", "≤ 12.5%" where acquisitions are a lower bound, "not seen" where waits could not be.
std::string ratio_text(const std::optional<double>& ratio, bool at_least);

std::vector<FigureTable> level2_tables(const LabelledRun& run, const Taxonomy& taxonomy, std::size_t limit);

// For the document's keys "acquisitions", "holds" and "holders".
nlohmann::ordered_json acquisitions_json(const LabelledRun& run, const Taxonomy& taxonomy);
nlohmann::ordered_json holds_json(const LabelledRun& run, const Taxonomy& taxonomy);
nlohmann::ordered_json holders_json(const LabelledRun& run, const Taxonomy& taxonomy);
// For "cpu_profile"; null where the CPU was not sampled.
nlohmann::ordered_json cpu_profile_json(const LabelledRun& run);

}  // namespace socklock::analyzer
