// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/cli/verb.h"

#include <algorithm>
#include <array>
#include <string>

#include "analyzer/cli/output.h"
#include "analyzer/cli/verb_arguments.h"
#include "base/locale_text.h"
#include "base/report_error.h"

namespace socklock::analyzer {
namespace {

constexpr std::array kVerbs{
    Verb{"record", "Record into a trace (socklock-record; needs privileges)", add_record_arguments, nullptr, false,
         false, record_verb},
    Verb{"doctor", "Say what this machine allows, and what would change that", add_no_arguments, nullptr, false, false,
         hand_over_verb},
    Verb{"top", "What is waited for now: a screen that goes on", add_top_arguments, top_verb, false, false, nullptr,
         true},
    Verb{"info", "What is in a trace, what was lost, what could not be seen", add_info_arguments, info_verb},
    Verb{"report", "What a run waited for: by lock class, call path, function, process", add_report_arguments,
         report_verb},
    Verb{"compare", "What a change did: effect, interval, verdict, and where the wait went", add_compare_arguments,
         compare_verb, true, true},
    Verb{"what-if", "What a change would leave of the wait: an estimate, from recordings of before",
         add_what_if_arguments, what_if_verb},
    Verb{"ab", "A controlled experiment: runs of both sides interleaved, then compared", add_ab_arguments, ab_verb},
    Verb{"export", "Export traces to the formats of other tools", add_export_arguments, export_verb, true},
    Verb{"import", "Make a trace of what perf, DTrace or the kernel recorded", add_import_arguments, import_verb},
    Verb{"query", "Ask traces in SQL", add_query_arguments, query_verb},
    Verb{"ship", "Send the finished traces of a recorder's folder to a fleet's store", add_ship_arguments, ship_verb},
    Verb{"fleet", "Many hosts in one ClickHouse: set it up, ask what hurts most", add_fleet_arguments, fleet_verb},
};

// Files and data are in UTF-8, whatever the locale says.
bool is_for_people(const Arguments& arguments) {
  if (arguments.verb->run == export_verb || !(arguments.output.empty() || arguments.output == "-")) return false;
  const auto format = format_of(arguments);
  return format && (*format)->name == "text";
}

Result<void> write_outcome(const Outcome& outcome, const Arguments& arguments) {
  for (const OutputFile& file : outcome.files) SOCKLOCK_TRY(write_output(file.text, file.path));
  if (outcome.is_written || !outcome.files.empty()) return {};
  return write_output(is_for_people(arguments) ? in_locale(outcome.text) : outcome.text, arguments.output);
}

}  // namespace

std::span<const Verb> verbs() { return kVerbs; }

const Verb* find_verb(std::string_view name) {
  const auto* const found =
      std::find_if(kVerbs.begin(), kVerbs.end(), [&](const Verb& verb) { return verb.name == name; });
  return found == kVerbs.end() ? nullptr : found;
}

int run_verb(const Arguments& arguments) {
  const Verb& verb = *arguments.verb;
  if (verb.run_words != nullptr) return verb.run_words(verb, arguments);
  const std::string speaker = std::string("socklock ") + verb.name;
  const ErrorFormat format = arguments.json ? ErrorFormat::kJson : ErrorFormat::kText;
  const auto outcome = verb.run(arguments);
  if (!outcome) return report_error(speaker, outcome.error(), format);
  if (const auto written = write_outcome(*outcome, arguments); !written)
    return report_error(speaker, written.error(), format);
  return static_cast<int>(outcome->exit_code);
}

}  // namespace socklock::analyzer
