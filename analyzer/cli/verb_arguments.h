// SPDX-License-Identifier: GPL-2.0-or-later
// The arguments and options of each verb.
#pragma once

#include "analyzer/cli/arguments.h"

namespace CLI {
class App;
}

namespace socklock::analyzer {

void add_info_arguments(CLI::App& verb, Arguments& arguments);
void add_report_arguments(CLI::App& verb, Arguments& arguments);
void add_compare_arguments(CLI::App& verb, Arguments& arguments);
void add_what_if_arguments(CLI::App& verb, Arguments& arguments);
void add_ab_arguments(CLI::App& verb, Arguments& arguments);
void add_export_arguments(CLI::App& verb, Arguments& arguments);
void add_import_arguments(CLI::App& verb, Arguments& arguments);
void add_query_arguments(CLI::App& verb, Arguments& arguments);
void add_top_arguments(CLI::App& verb, Arguments& arguments);
void add_fleet_arguments(CLI::App& verb, Arguments& arguments);
void add_ship_arguments(CLI::App& verb, Arguments& arguments);
// Of `socklock record` alone; the others are socklock-record's.
void add_record_arguments(CLI::App& verb, Arguments& arguments);
void add_no_arguments(CLI::App& verb, Arguments& arguments);

}  // namespace socklock::analyzer
