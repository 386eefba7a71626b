// SPDX-License-Identifier: GPL-2.0-or-later
// What verbs that speak to a fleet's store have in common.
#pragma once

#include "base/result.h"

namespace CLI {
class App;
}

namespace socklock::fleet {
struct StoreOptions;
}

namespace socklock::analyzer {

struct FleetArguments;

// Of compare: hosts against hosts.
void add_fleet_compare_arguments(CLI::App& verb, FleetArguments& fleet);
void add_store_arguments(CLI::App& verb, FleetArguments& fleet, const char* option, const char* summary);
// Error (usage): no store was named.
Result<fleet::StoreOptions> store_options(const FleetArguments& arguments, const char* option);

}  // namespace socklock::analyzer
