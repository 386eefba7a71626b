// SPDX-License-Identifier: GPL-2.0-or-later
// socklock fleet: a store for many hosts, and what it is asked.
#include <fmt/format.h>

#include <algorithm>

#include "analyzer/cli/fleet_arguments.h"
#include "analyzer/cli/verbs.h"
#include "analyzer/document/document.h"
#include "fleet/ask.h"
#include "fleet/click_house.h"
#include "fleet/init.h"
#include "fleet/schema.h"
#include "fleet/status.h"
#include "fleet/times.h"
#include "fleet/top.h"

namespace socklock::analyzer {

Result<fleet::StoreOptions> store_options(const FleetArguments& arguments, const char* option) {
  if (arguments.stores.empty())
    return fail({"no store was named", "", std::string(option) + " https://HOST:8443/DATABASE", ExitCode::kUsage});
  return fleet::StoreOptions{arguments.stores, arguments.credentials, arguments.ca_file, arguments.insecure,
                             std::chrono::seconds(arguments.timeout_s)};
}

namespace {

Result<unsigned> days(std::string_view text) {
  SOCKLOCK_TRY_ASSIGN(const std::uint64_t seconds, fleet::parse_stretch(text, "--keep"));
  if (seconds < 86400 || seconds % 86400 != 0)
    return fail({"not whole days", fmt::format("--keep '{}'", text), "as --keep 14d,400d", ExitCode::kUsage});
  return static_cast<unsigned>(seconds / 86400);
}

Result<Outcome> init(const FleetArguments& arguments) {
  SOCKLOCK_TRY_ASSIGN(const fleet::StoreOptions store, store_options(arguments, "--to"));
  fleet::InitOptions options;
  options.schema.cluster = arguments.cluster;
  options.schema.replicated = arguments.replicated;
  options.apply = arguments.apply;
  options.insecure = arguments.insecure;
  if (!arguments.cluster.empty()) SOCKLOCK_TRY(fleet::check_identifier(arguments.cluster, "--cluster"));
  if (arguments.replicated && arguments.cluster.empty())
    return fail({"--replicated needs --cluster", "", "the name in the server's remote_servers", ExitCode::kUsage});
  const std::size_t comma = arguments.keep.find(',');
  if (comma == std::string::npos)
    return fail(
        {"--keep wants two stretches of time", "'" + arguments.keep + "'", "as --keep 14d,400d", ExitCode::kUsage});
  SOCKLOCK_TRY_ASSIGN(options.schema.keep_minutes_days, days(std::string_view(arguments.keep).substr(0, comma)));
  SOCKLOCK_TRY_ASSIGN(options.schema.keep_hours_days, days(std::string_view(arguments.keep).substr(comma + 1)));
  Outcome outcome;
  if (arguments.print_site) {
    outcome.text = fleet::intake_site(options.schema);
    return outcome;
  }
  SOCKLOCK_TRY_ASSIGN(outcome.text, fleet::init(store, options));
  return outcome;
}

Result<Outcome> shown(const Document& document, const Arguments& arguments) {
  SOCKLOCK_TRY_ASSIGN(const Format* const format, format_of(arguments));
  SOCKLOCK_TRY_ASSIGN(std::string text, format->render(document));
  return Outcome{std::move(text)};
}

Result<Outcome> top(const Arguments& arguments) {
  fleet::TopOptions options;
  SOCKLOCK_TRY_ASSIGN(options.window, fleet::window_until(arguments.fleet.since, arguments.fleet.until, 24UL * 3600));
  SOCKLOCK_TRY(fleet::check_selector(arguments.fleet.where, "--where"));
  options.selector = arguments.fleet.where;
  options.by = arguments.by;
  options.limit = arguments.limit;
  SOCKLOCK_TRY_ASSIGN(const fleet::StoreOptions store, store_options(arguments.fleet, "--from"));
  SOCKLOCK_TRY_ASSIGN(auto opened, fleet::ClickHouseStore::open(store));
  SOCKLOCK_TRY_ASSIGN(const Document document, fleet::top_document(opened, options));
  return shown(document, arguments);
}

Result<Outcome> host(const Arguments& arguments) {
  if (arguments.fleet.name.empty())
    return fail({"no host was named", "", "socklock fleet host NAME --from URL", ExitCode::kUsage});
  SOCKLOCK_TRY_ASSIGN(const fleet::Window window,
                      fleet::window_until(arguments.fleet.since, arguments.fleet.until, 6UL * 3600));
  SOCKLOCK_TRY_ASSIGN(const fleet::StoreOptions store, store_options(arguments.fleet, "--from"));
  SOCKLOCK_TRY_ASSIGN(auto opened, fleet::ClickHouseStore::open(store));
  SOCKLOCK_TRY_ASSIGN(const Document document,
                      fleet::host_document(opened, arguments.fleet.name, window, arguments.limit));
  return shown(document, arguments);
}

Result<Outcome> status(const Arguments& arguments) {
  constexpr std::string_view kLate = "late:";
  std::uint64_t late_s = 2UL * 3600;
  if (!arguments.fail_on.empty()) {
    if (!arguments.fail_on.starts_with(kLate))
      return fail({"not late:TIME", "--fail-on " + arguments.fail_on, "as --fail-on late:2h", ExitCode::kUsage});
    SOCKLOCK_TRY_ASSIGN(late_s, fleet::parse_stretch(arguments.fail_on.substr(kLate.size()), "--fail-on"));
  }
  SOCKLOCK_TRY_ASSIGN(const fleet::StoreOptions store, store_options(arguments.fleet, "--from"));
  SOCKLOCK_TRY_ASSIGN(auto opened, fleet::ClickHouseStore::open(store));
  SOCKLOCK_TRY_ASSIGN(const fleet::Status found, fleet::status(opened, fleet::present_s(), late_s));
  SOCKLOCK_TRY_ASSIGN(Outcome outcome, shown(found.document, arguments));
  if (!arguments.fail_on.empty() && found.late_hosts > 0) outcome.exit_code = ExitCode::kFailOnHolds;
  return outcome;
}

Result<Outcome> drop(const FleetArguments& arguments) {
  if (arguments.older.empty() == arguments.drop_host.empty())
    return fail({"either --older or --host", "fleet drop", "as fleet drop --to URL --older 14d", ExitCode::kUsage});
  SOCKLOCK_TRY_ASSIGN(const fleet::StoreOptions store, store_options(arguments, "--to"));
  Outcome outcome;
  if (!arguments.drop_host.empty()) {
    SOCKLOCK_TRY_ASSIGN(outcome.text, fleet::drop_host(store, arguments.drop_host));
    return outcome;
  }
  SOCKLOCK_TRY_ASSIGN(const std::uint64_t older_s, fleet::parse_stretch(arguments.older, "--older"));
  SOCKLOCK_TRY_ASSIGN(outcome.text, fleet::drop_older(store, older_s, fleet::present_s()));
  return outcome;
}

}  // namespace

Result<Outcome> fleet_verb(const Arguments& arguments) {
  const std::string& question = arguments.fleet.question;
  if (question != "host" && !arguments.fleet.name.empty())
    return fail({"only host takes a name", "'" + arguments.fleet.name + "'", "", ExitCode::kUsage});
  if (question == "init") return init(arguments.fleet);
  if (question == "top") return top(arguments);
  if (question == "host") return host(arguments);
  if (question == "status") return status(arguments);
  return drop(arguments.fleet);
}

}  // namespace socklock::analyzer
