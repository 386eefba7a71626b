// SPDX-License-Identifier: GPL-2.0-or-later
// The command lines of ship and fleet.
#include <CLI/CLI.hpp>

#include "analyzer/cli/arguments.h"
#include "analyzer/cli/fleet_arguments.h"
#include "analyzer/cli/verb_arguments.h"
#include "analyzer/render/formats.h"
#include "base/option_values.h"

namespace socklock::analyzer {

void add_store_arguments(CLI::App& verb, FleetArguments& fleet, const char* option, const char* summary) {
  verb.add_option(option, fleet.stores, summary)->allow_extra_args(false)->type_name("URL");
  verb.add_option("--credentials", fleet.credentials,
                  "file that nobody else may read with two lines, user and password of the store")
      ->type_name("FILE");
  verb.add_option("--ca", fleet.ca_file, "certificate authorities of the store instead of the system's")
      ->type_name("FILE");
  verb.add_flag("--insecure", fleet.insecure,
                "http:// also to other hosts than this one, and a store without passwords");
  verb.add_option("--timeout", fleet.timeout_s, "for an answer of the store, seconds")
      ->transform(duration_value())
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
}

void add_ship_arguments(CLI::App& verb, Arguments& arguments) {
  FleetArguments& fleet = arguments.fleet;
  verb.footer(R"(socklock ship --dir /var/log/socklock --to https://HOST:8443/socklock --label group=canary

Runs until it is told to end; what could not be sent stays in the folder and is sent later.
Exit codes: 0 done; 2 usage; 3 with --once, the store is away; 4 it refuses the password;
128+n with --once, ended by signal n.)");
  verb.add_option("--dir", fleet.dir, "folder of traces, that of the service socklock-record")
      ->required()
      ->type_name("DIR");
  add_store_arguments(verb, fleet, "--to", "store: https://HOST:8443/DATABASE; several are tried in turn");
  verb.add_option("--label", fleet.labels, "of this host, as group=canary; may be given for several")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
  verb.add_option("--host", fleet.host, "name of this host, instead of the one in the traces");
  verb.add_flag("--once", fleet.once, "send what is finished now, and end");
  verb.add_flag("--dry-run", fleet.dry_run, "print the rows as JSON, a line each, and send nothing");
  verb.add_option("--again", fleet.again,
                  "send traces that began in this time once more: a newer version's names replace the older's")
      ->type_name("SINCE..UNTIL");
  verb.add_option("--metrics", fleet.metrics_file, "keep Prometheus's text of what was sent in this file")
      ->type_name("FILE");
  verb.add_option(
          "--state", fleet.state,
          "folder of the ledger of what was sent (default: $STATE_DIRECTORY, else ~/.local/state/socklock-ship)")
      ->type_name("DIR");
  verb.add_option("--redact", fleet.redact_key,
                  "hosts by HMAC-SHA-256 of their names, with the key in this file, the same on every host")
      ->type_name("KEYFILE");
  verb.add_option("--every", fleet.every,
                  "length of a row, from 1m to 30m, of which an hour is a multiple: 5m takes a fifth of the room")
      ->type_name("DURATION")
      ->capture_default_str();
  verb.add_option("--spread", fleet.spread, "begin after up to this, by the host's name, so that not all send at once")
      ->capture_default_str();
  verb.add_option("--taxonomy", arguments.taxonomy,
                  "rules for lock classes and call paths instead of the built-in ones")
      ->type_name("FILE");
  verb.add_flag("--json", arguments.json, "say errors, and with --once what was sent, as JSON");
}

namespace {

void add_init_arguments(CLI::App& verb, FleetArguments& fleet) {
  constexpr const char* kGroup = "init";
  verb.add_flag("--apply", fleet.apply, "run the statements on each --to; else they are printed")->group(kGroup);
  verb.add_option("--cluster", fleet.cluster, "of the server's remote_servers: shards, by host")->group(kGroup);
  verb.add_flag("--replicated", fleet.replicated, "replicas, by ZooKeeper or Keeper")->group(kGroup);
  verb.add_option("--keep", fleet.keep, "days that minutes and hours are kept (newer servers; else fleet drop)")
      ->type_name("14d,400d")
      ->capture_default_str()
      ->group(kGroup);
  verb.add_flag("--nginx", fleet.print_site,
                "print a site for nginx in front of the store, for hosts that are not trusted")
      ->group(kGroup);
}

}  // namespace

void add_fleet_arguments(CLI::App& verb, Arguments& arguments) {
  FleetArguments& fleet = arguments.fleet;
  verb.footer(R"(socklock fleet init   --to URL [--apply]       tables for that server
socklock fleet top    --from URL [--since 24h] [--by class]
socklock fleet host NAME --from URL [--since 6h]
socklock fleet status --from URL [--fail-on late:2h]
socklock fleet drop   --to URL --older 14d, or --host NAME
URL is https://HOST:8443/DATABASE.)");
  verb.add_option("question", fleet.question, "init, top, host, status or drop")
      ->required()
      ->check(CLI::IsMember({"init", "top", "host", "status", "drop"}));
  verb.add_option("name", fleet.name, "of the host, with host");
  add_store_arguments(verb, fleet, "--from,--to",
                      "store: https://HOST:8443/DATABASE; for init and drop every server of it");
  add_init_arguments(verb, fleet);
  verb.add_option("--since", fleet.since, "how far back, or since when: 24h, 2026-11-30T12:00 (default: 24h; host: 6h)")
      ->group("Questions");
  verb.add_option("--until", fleet.until, "until when (default: now)")->group("Questions");
  verb.add_option("--by", arguments.by,
                  "top: class (default), path, function, context, role, kernel, host or label:KEY")
      ->group("Questions");
  verb.add_option("--where", fleet.where,
                  "only hosts of which this holds: group=canary, kernel=6.1.0, host=NAME; several: all of them")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE")
      ->group("Questions");
  verb.add_option("--limit", arguments.limit, "rows of a table, 0 for all")
      ->check(CLI::Range(0, 100'000'000))
      ->capture_default_str()
      ->group("Questions");
  verb.add_option("--fail-on", arguments.fail_on, "status: late:2h exits with 1 where a host said nothing for so long")
      ->group("Questions");
  verb.add_option("--older", fleet.older, "drop: what is older than this, as 14d")->group("drop");
  verb.add_option("--host", fleet.drop_host, "drop: all of this host")->group("drop");
  verb.add_option("--format", arguments.format, "of the output")->check(CLI::IsMember(format_names()));
  verb.add_flag("--json", arguments.json, "print as JSON");
  verb.add_option("-o,--output", arguments.output, "write to this file instead of standard output")->type_name("FILE");
}

}  // namespace socklock::analyzer
