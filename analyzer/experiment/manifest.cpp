// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/experiment/manifest.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <random>

#include "base/atomic_file.h"
#include "base/json_text.h"
#include "base/small_file.h"

namespace socklock::analyzer {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSchema = "socklock.ab/1";
constexpr std::size_t kMostBytes = 16U << 20;

Json side_json(const ExperimentSide& side) {
  return {{"command", side.command}, {"setup", side.setup}, {"teardown", side.teardown}};
}

ExperimentSide side_of(const Json& json) {
  return {json.at("command").get<std::string>(), json.at("setup").get<std::string>(),
          json.at("teardown").get<std::string>()};
}

struct OutOfRange {
  std::string what;
};

// A manifest may come from anywhere: -1 as unsigned is a number of rounds that never ends.
template <typename Number>
Number number_in(const Json& json, const char* name, Number low, Number high) {
  const auto value = json.at(name).get<double>();
  if (!(value >= static_cast<double>(low) && value <= static_cast<double>(high)))
    throw OutOfRange{fmt::format("\"{}\" is not in the range {} to {}", name, low, high)};
  return static_cast<Number>(value);
}

Manifest manifest_of(const Json& json) {
  Manifest manifest;
  manifest.before = side_of(json.at("before"));
  manifest.after = side_of(json.at("after"));
  manifest.rounds = number_in(json, "rounds", 1U, Manifest::kMostRounds);
  manifest.warmup = number_in(json, "warmup", 0U, Manifest::kMostWarmup);
  manifest.duration_s = number_in(json, "duration_s", 0.0, Manifest::kLongestSeconds);
  manifest.seed = json.at("seed").get<std::uint64_t>();
  manifest.stop_when_decided = json.at("stop_when_decided").get<bool>();
  for (const Json& run : json.at("runs"))
    manifest.runs.push_back({number_in(run, "round", 0U, Manifest::kMostRounds), run.at("side").get<std::string>(),
                             run.at("trace").get<std::string>(), number_in(run, "seconds", 0.0, 1e9)});
  return manifest;
}

}  // namespace

Result<Manifest> read_manifest(const std::string& path) {
  SOCKLOCK_TRY_ASSIGN(const SmallFile file, read_small_file(path, {.most_bytes = kMostBytes, .is_regular = true}));
  try {
    const Json json = Json::parse(file.text);
    if (json.at("schema") != kSchema) return fail({"not a manifest of this version", "'" + path + "'", ""});
    return manifest_of(json);
  } catch (const OutOfRange& error) {
    return fail({"not a manifest: " + error.what, "'" + path + "'", ""});
  } catch (const Json::exception& error) {
    return fail({std::string("not a manifest: ") + error.what(), "'" + path + "'", ""});
  }
}

Result<void> write_manifest(const Manifest& manifest, const std::string& path) {
  Json json{{"schema", kSchema},
            {"before", side_json(manifest.before)},
            {"after", side_json(manifest.after)},
            {"rounds", manifest.rounds},
            {"warmup", manifest.warmup},
            {"duration_s", manifest.duration_s},
            {"seed", manifest.seed},
            {"stop_when_decided", manifest.stop_when_decided},
            {"runs", Json::array()}};
  for (const ExperimentRun& run : manifest.runs)
    json["runs"].push_back({{"round", run.round}, {"side", run.side}, {"trace", run.trace}, {"seconds", run.seconds}});
  return write_file(path, dumped(json, 2) + "\n", {.replaces = true});
}

bool is_before_first(const Manifest& manifest, unsigned round) {
  std::seed_seq seed{static_cast<std::uint32_t>(manifest.seed), static_cast<std::uint32_t>(manifest.seed >> 32),
                     static_cast<std::uint32_t>(round)};
  return std::mt19937(seed)() % 2 == 0;
}

}  // namespace socklock::analyzer
