// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/export/speedscope.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "analyzer/export/exporter.h"
#include "analyzer/export/folded.h"
#include "base/json_text.h"

namespace socklock::analyzer {
namespace {

using Json = nlohmann::ordered_json;

class Frames {
 public:
  std::size_t number(const std::string& name) {
    const auto [entry, is_new] = numbers_.try_emplace(name, frames_.size());
    if (is_new) frames_.push_back({{"name", name}});
    return entry->second;
  }
  [[nodiscard]] const Json& json() const { return frames_; }

 private:
  std::map<std::string, std::size_t> numbers_;
  Json frames_ = Json::array();
};

Json profile_json(const StackProfile& profile, const Taxonomy& taxonomy, ProfileMeasure measure, Frames& frames) {
  Json samples = Json::array(), weights = Json::array();
  std::uint64_t sum = 0;
  for (const StackEntry& entry : profile.entries) {
    const std::uint64_t value = value_of(entry, measure);
    if (value == 0) continue;
    Json stack = Json::array();
    for (const std::string& name : frames_of(profile, entry, taxonomy)) stack.push_back(frames.number(name));
    samples.push_back(std::move(stack));
    weights.push_back(value);
    sum += value;
  }
  const bool is_wait = measure == ProfileMeasure::kWait;
  return {{"type", "sampled"},
          {"name", fmt::format("{}{} ({})", profile.name.empty() ? "" : profile.name + ": ",
                               is_wait ? "wait" : "contentions", profile.scale)},
          {"unit", is_wait ? "nanoseconds" : "none"},
          {"startValue", 0},
          {"endValue", sum},
          {"samples", std::move(samples)},
          {"weights", std::move(weights)}};
}

}  // namespace

std::string speedscope(std::span<const StackProfile> profiles, const Taxonomy& taxonomy) {
  Frames frames;
  Json list = Json::array();
  for (const ProfileMeasure measure : {ProfileMeasure::kWait, ProfileMeasure::kContentions})
    for (const StackProfile& profile : profiles) list.push_back(profile_json(profile, taxonomy, measure, frames));
  const Json document{{"$schema", "https://www.speedscope.app/file-format-schema.json"},
                      {"exporter", std::string("socklock@") + SOCKLOCK_VERSION},
                      {"name", profiles.empty() ? "" : profiles.front().name},
                      {"activeProfileIndex", 0},
                      {"shared", {{"frames", frames.json()}}},
                      {"profiles", std::move(list)}};
  return dumped(document) + "\n";
}

namespace {

ExportFiles export_speedscope(const ExportRequest& request) {
  SOCKLOCK_TRY_ASSIGN(const auto profiles, request.profiles());
  return std::vector{ExportFile{speedscope(profiles, request.taxonomy)}};
}

}  // namespace

extern const Exporter kSpeedscopeExporter{"speedscope", "speedscope; of two sides, both in one file", false,
                                          export_speedscope};

}  // namespace socklock::analyzer
