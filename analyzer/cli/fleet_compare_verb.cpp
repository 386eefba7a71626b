// SPDX-License-Identifier: GPL-2.0-or-later
// socklock compare --canary ... --control ...: hosts that have a change against hosts that do not.
#include <CLI/CLI.hpp>

#include <algorithm>

#include "analyzer/cli/fleet_arguments.h"
#include "analyzer/cli/verbs.h"
#include "analyzer/taxonomy/rules_version.h"
#include "fleet/ask.h"
#include "fleet/compare.h"

namespace socklock::analyzer {

void add_fleet_compare_arguments(CLI::App& verb, FleetArguments& fleet) {
  constexpr const char* kGroup = "Hosts against hosts";
  const auto add = [&verb](const char* name, auto& value, const char* summary, const char* type) {
    verb.add_option(name, value, summary)->type_name(type)->group(kGroup);
  };
  verb.add_option(
          "--canary", fleet.canary,
          "hosts that have the change: a label with --from, as group=canary, or a folder of their traces; several: "
          "all labels, or any folder")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE|DIR")
      ->group(kGroup);
  verb.add_option("--control", fleet.control, "hosts that do not have it, likewise")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE|DIR")
      ->group(kGroup);
  verb.add_option("--from", fleet.stores,
                  "store of the fleet: https://HOST:8443/DATABASE; else folders of traces are compared")
      ->allow_extra_args(false)
      ->type_name("URL")
      ->group(kGroup);
  add("--credentials", fleet.credentials, "of the store: file with two lines, user and password", "FILE");
  add("--ca", fleet.ca_file, "certificate authorities of the store", "FILE");
  verb.add_flag("--insecure", fleet.insecure, "http:// also to other hosts than this one")->group(kGroup);
  add("--at", fleet.at, "when the change came: 2026-11-30T12:00 (UTC), '2h ago', @SECONDS", "TIME");
  add("--window", fleet.window, "so much before and after it, as 4h", "DURATION");
  add("--settle", fleet.settle, "what is left out behind the change, while hosts settle", "DURATION");
  add("--before-window", fleet.before, "instead of --at and --window", "FROM..UNTIL");
  add("--after-window", fleet.after, "likewise", "FROM..UNTIL");
  add("--canary-hosts", fleet.canary_hosts,
      "file with a host a line: these are the canaries, of all that --control names", "FILE");
  add("--unit-of-replication", fleet.replication,
      "label by which hosts share a load (cluster, rack): sums of each value are compared instead of hosts", "KEY");
  add("--same", fleet.same,
      "only hosts that have their like in the other group: kernel, spinlock_mode, keys of labels, with commas between",
      "KEY,...");
  add("--look", fleet.look,
      "this is look 2 of 4, say: while a change is rolled out, each look is judged so strictly that all of them "
      "together err as often as one would",
      "I/N");
}

namespace {

Result<fleet::CompareWords> words_of(const Arguments& arguments, const Taxonomy& taxonomy) {
  const FleetArguments& given = arguments.fleet;
  fleet::CompareWords words;
  if (!given.stores.empty()) {
    SOCKLOCK_TRY_ASSIGN(words.store, store_options(given, "--from"));
  }
  words.canary = given.canary;
  words.control = given.control;
  words.canary_hosts = given.canary_hosts;
  words.at = given.at;
  words.window = given.window;
  words.settle = given.settle;
  words.before = given.before;
  words.after = given.after;
  words.unit = arguments.unit;
  words.replication = given.replication;
  words.same = given.same;
  words.look = given.look;
  words.criteria = {arguments.confidence_percent / 100, arguments.threshold_percent / 100, arguments.seed};
  SOCKLOCK_TRY_ASSIGN(words.filter, filter_of(arguments, taxonomy));
  return words;
}

ExitCode exit_code_of(const fleet::FleetComparison& comparison, const Arguments& arguments) {
  using fleet::FleetVerdict;
  const bool asks = (!arguments.fail_on.empty() && arguments.fail_on != "never") || arguments.max_regression_percent;
  if (!asks) return ExitCode::kDone;
  const fleet::ComparedSlice* judged = &comparison.headline;
  constexpr std::string_view kOfClass = "regressed:";
  if (arguments.fail_on.starts_with(kOfClass)) {
    const auto found = std::find_if(
        comparison.classes.begin(), comparison.classes.end(),
        [&](const fleet::ComparedSlice& slice) { return slice.name == arguments.fail_on.substr(kOfClass.size()); });
    if (found == comparison.classes.end()) return ExitCode::kNotEnoughData;
    judged = &*found;
  }
  const auto is_regressed = [](const fleet::ComparedSlice& slice) { return slice.verdict == FleetVerdict::kRegressed; };
  if (is_regressed(*judged) && !arguments.fail_on.empty()) return ExitCode::kFailOnHolds;
  if (arguments.max_regression_percent && comparison.no_verdict.empty() && judged->effect.low &&
      *judged->effect.low > 1 + *arguments.max_regression_percent / 100)
    return ExitCode::kFailOnHolds;
  if (arguments.fail_on == "any-regressed" &&
      std::any_of(comparison.classes.begin(), comparison.classes.end(), is_regressed))
    return ExitCode::kFailOnHolds;
  if (judged->verdict == FleetVerdict::kInconclusive) return ExitCode::kNotEnoughData;
  return arguments.fail_on == "not-improved" && judged->verdict != FleetVerdict::kImproved ? ExitCode::kFailOnHolds
                                                                                           : ExitCode::kDone;
}

}  // namespace

Result<Outcome> fleet_compare_verb(const Arguments& arguments) {
  if (!arguments.files.empty() || !arguments.after.empty() || arguments.aa)
    return fail({"either traces of two sides, or groups of hosts", "--canary, --control", "", ExitCode::kUsage});
  if (arguments.redact)
    return fail({"hosts are redacted where they are sent from", "--redact", "socklock ship --redact KEYFILE",
                 ExitCode::kUsage});
  SOCKLOCK_TRY_ASSIGN(const Format* const format, format_of(arguments));
  SOCKLOCK_TRY_ASSIGN(const Taxonomy taxonomy, taxonomy_of(arguments));
  SOCKLOCK_TRY_ASSIGN(const std::uint32_t rules_version, rules_version_of(arguments.taxonomy));
  SOCKLOCK_TRY_ASSIGN(const fleet::CompareWords words, words_of(arguments, taxonomy));
  SOCKLOCK_TRY_ASSIGN(const fleet::Asked asked, fleet::ask(words, taxonomy, rules_version));
  SOCKLOCK_TRY_ASSIGN(const fleet::FleetComparison comparison, fleet::compare_fleet(*asked.store, asked.question));
  SOCKLOCK_TRY_ASSIGN(std::string text, format->render(fleet::compare_document(comparison, arguments.compare_limit)));
  return Outcome{std::move(text), exit_code_of(comparison, arguments)};
}

}  // namespace socklock::analyzer
