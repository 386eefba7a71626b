// SPDX-License-Identifier: GPL-2.0-or-later
// socklock ship: finished traces of a folder into a fleet's store.
#include <cstdlib>
#include <ctime>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "analyzer/cli/fleet_arguments.h"
#include "analyzer/cli/output.h"
#include "analyzer/cli/verbs.h"
#include "analyzer/taxonomy/rules_version.h"
#include "base/json_text.h"
#include "base/message.h"
#include "base/signal_watch.h"
#include "base/small_file.h"
#include "base/text.h"
#include "fleet/ship.h"
#include "fleet/times.h"

namespace socklock::analyzer {
namespace {

Result<std::string> state_folder(const FleetArguments& arguments) {
  if (!arguments.state.empty()) return arguments.state;
  if (const char* given = std::getenv("STATE_DIRECTORY"); given != nullptr && *given != '\0') return std::string(given);
  if (const char* home = std::getenv("XDG_STATE_HOME"); home != nullptr && *home != '\0')
    return std::string(home) + "/socklock-ship";
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0')
    return std::string(home) + "/.local/state/socklock-ship";
  return fail({"no folder for the ledger", "", "--state DIR", ExitCode::kUsage});
}

Result<std::string> read_key(const std::string& path) {
  SOCKLOCK_TRY_ASSIGN(SmallFile file, read_small_file(path, {.most_bytes = 4096}));
  if (!is_private(file))
    return fail({"others may read the key, and could undo what it redacts", "'" + path + "'", "chmod 600 " + path,
                 ExitCode::kUsage});
  if (file.text.size() < 16)
    return fail({"a key has 16 bytes or more", "'" + path + "'", "head -c 32 /dev/urandom >" + path, ExitCode::kUsage});
  return std::move(file.text);
}

Result<fleet::ShipOptions> ship_options(const Arguments& arguments) {
  const FleetArguments& given = arguments.fleet;
  fleet::ShipOptions options;
  options.folder = given.dir;
  options.once = given.once;
  options.metrics_file = given.metrics_file;
  if (!given.dry_run) {
    SOCKLOCK_TRY_ASSIGN(options.store, store_options(given, "--to"));
    SOCKLOCK_TRY_ASSIGN(options.state_folder, state_folder(given));
  }
  SOCKLOCK_TRY_ASSIGN(options.roll_up.labels, fleet::checked_labels(given.labels));
  options.roll_up.host = given.host;
  SOCKLOCK_TRY_ASSIGN(options.roll_up.rules_version, rules_version_of(arguments.taxonomy));
  if (!given.redact_key.empty()) {
    SOCKLOCK_TRY_ASSIGN(options.roll_up.redact_key, read_key(given.redact_key));
  }
  if (!given.again.empty()) {
    SOCKLOCK_TRY_ASSIGN(const fleet::Window window, fleet::parse_window(given.again, "--again", fleet::present_s()));
    options.again = {window.begin_s, window.end_s};
  }
  SOCKLOCK_TRY_ASSIGN(const std::uint64_t every_s, fleet::parse_stretch(given.every, "--every"));
  if (every_s < 60 || every_s > 1800 || every_s % 60 != 0 || 3600 % every_s != 0)
    return fail({"not whole minutes of which an hour is a multiple", "--every " + given.every, "as --every 5m",
                 ExitCode::kUsage});
  options.roll_up.every_s = static_cast<std::uint32_t>(every_s);
  SOCKLOCK_TRY_ASSIGN(const std::uint64_t spread_s, fleet::parse_stretch(given.spread, "--spread"));
  if (!given.once) options.spread = std::chrono::seconds(spread_s);
  return options;
}

std::string counted(std::uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string counts_text(const fleet::ShipCounts& counts) {
  std::string text = fmt::format("{} sent: {}, {}, {} packed\n", counted(counts.traces, "trace"),
                                 counted(counts.minutes, "host-minute"), counted(counts.hours, "host-hour"),
                                 counted(counts.bytes, "byte"));
  if (counts.refused > 0) text += fmt::format("{} set aside; the ledger says why\n", counted(counts.refused, "trace"));
  if (counts.lost > 0) text += fmt::format("{} gone before being sent\n", counted(counts.lost, "trace"));
  // Who begins has but one, of an hour that is not over.
  if (counts.unfinished > 0)
    text += fmt::format("{} still being recorded, to be sent when finished{}\n", counted(counts.unfinished, "trace"),
                        counts.traces == 0 ? ": systemctl reload socklock-record begins another" : "");
  return text;
}

std::string counts_json(const fleet::ShipCounts& counts) {
  const nlohmann::ordered_json json{
      {"schema", "socklock.ship/1"}, {"traces", counts.traces},         {"host_minutes", counts.minutes},
      {"host_hours", counts.hours},  {"bytes", counts.bytes},           {"refused", counts.refused},
      {"waiting", counts.waiting},   {"unfinished", counts.unfinished}, {"lost", counts.lost},
      {"damaged", counts.damaged},   {"failures", counts.failures}};
  return dumped(json, 2) + "\n";
}

}  // namespace

Result<Outcome> ship_verb(const Arguments& arguments) {
  SOCKLOCK_TRY_ASSIGN(const fleet::ShipOptions options, ship_options(arguments));
  SOCKLOCK_TRY_ASSIGN(const Taxonomy taxonomy, taxonomy_of(arguments));
  Outcome outcome;
  if (arguments.fleet.dry_run) {
    SOCKLOCK_TRY_ASSIGN(Output output, Output::open(arguments.output));
    SOCKLOCK_TRY(fleet::dry_run(options, taxonomy, [&output](std::string_view line) { return output.write(line); }));
    SOCKLOCK_TRY(output.finish());
    outcome.is_written = true;
    return outcome;
  }
  SignalWatch signals;
  SOCKLOCK_TRY_ASSIGN(const fleet::ShipCounts counts,
                      fleet::ship(options, taxonomy, signals, [](bool is_error, const std::string& what) {
                        say(is_error ? Severity::kWarning : Severity::kInformation, "socklock ship", printable(what));
                      }));
  outcome.text = arguments.json ? counts_json(counts) : counts_text(counts);
  if (counts.refused > 0) outcome.exit_code = ExitCode::kBadInput;
  // To be ended so is how a service ends; who wanted what is there sent has to know that it was not.
  if (arguments.fleet.once && counts.ended_by_signal != 0)
    outcome.exit_code = static_cast<ExitCode>(128 + counts.ended_by_signal);
  return outcome;
}

}  // namespace socklock::analyzer
