// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/experiment/manifest.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

namespace socklock::analyzer {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSchema = "socklock.ab/1";

Json side_json(const ExperimentSide& side) {
  return {{"command", side.command}, {"setup", side.setup}, {"teardown", side.teardown}};
}

ExperimentSide side_of(const Json& json) {
  return {json.at("command").get<std::string>(), json.at("setup").get<std::string>(),
          json.at("teardown").get<std::string>()};
}

Manifest manifest_of(const Json& json) {
  Manifest manifest;
  manifest.before = side_of(json.at("before"));
  manifest.after = side_of(json.at("after"));
  manifest.rounds = json.at("rounds").get<unsigned>();
  manifest.warmup = json.at("warmup").get<unsigned>();
  manifest.duration_s = json.at("duration_s").get<double>();
  manifest.seed = json.at("seed").get<std::uint64_t>();
  manifest.stop_when_decided = json.at("stop_when_decided").get<bool>();
  for (const Json& run : json.at("runs"))
    manifest.runs.push_back({run.at("round").get<unsigned>(), run.at("side").get<std::string>(),
                             run.at("trace").get<std::string>(), run.at("seconds").get<double>()});
  return manifest;
}

}  // namespace

Result<Manifest> read_manifest(const std::string& path) {
  std::ifstream file(path);
  if (!file) return fail({std::string("cannot read: ") + std::strerror(errno), "'" + path + "'", ""});
  try {
    const Json json = Json::parse(file);
    if (json.at("schema") != kSchema) return fail({"not a manifest of this version", "'" + path + "'", ""});
    return manifest_of(json);
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
  const std::string temporary = path + ".new";
  std::ofstream file(temporary);
  file << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
  file.close();
  if (file && std::rename(temporary.c_str(), path.c_str()) == 0) return {};
  return fail({std::string("cannot write: ") + std::strerror(errno), "'" + path + "'", ""});
}

bool is_before_first(const Manifest& manifest, unsigned round) {
  std::seed_seq seed{static_cast<std::uint32_t>(manifest.seed), static_cast<std::uint32_t>(manifest.seed >> 32),
                     static_cast<std::uint32_t>(round)};
  return std::mt19937(seed)() % 2 == 0;
}

}  // namespace socklock::analyzer
