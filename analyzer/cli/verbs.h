// SPDX-License-Identifier: GPL-2.0-or-later
// The verbs, a file each: load, compute, render. What they print is theirs to say, printing is not.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/cli/arguments.h"
#include "analyzer/measure/filter.h"
#include "analyzer/render/formats.h"
#include "analyzer/taxonomy/taxonomy.h"
#include "base/result.h"

namespace socklock::analyzer {

struct Run;

struct OutputFile {
  std::string path;
  std::string text;
};

// What a verb prints, and what it exits with when that went well.
struct Outcome {
  std::string text;
  ExitCode exit_code = ExitCode::kDone;
  std::vector<OutputFile> files{};  // written instead of `text`
  bool is_written = false;          // by the verb itself
};

Result<Outcome> info_verb(const Arguments& arguments);
Result<Outcome> report_verb(const Arguments& arguments);
Result<Outcome> compare_verb(const Arguments& arguments);
// With --canary and --control.
Result<Outcome> fleet_compare_verb(const Arguments& arguments);
// With --aa.
Result<Outcome> aa_verb(const Arguments& arguments);
Result<Outcome> what_if_verb(const Arguments& arguments);
Result<Outcome> ab_verb(const Arguments& arguments);
Result<Outcome> export_verb(const Arguments& arguments);
Result<Outcome> import_verb(const Arguments& arguments);
Result<Outcome> query_verb(const Arguments& arguments);
Result<Outcome> top_verb(const Arguments& arguments);
Result<Outcome> fleet_verb(const Arguments& arguments);
Result<Outcome> ship_verb(const Arguments& arguments);
// Runs socklock-record instead of this program; with --hosts on each of them. Return only with an exit code.
int record_verb(const Verb& verb, const Arguments& arguments);
int hand_over_verb(const Verb& verb, const Arguments& arguments);

// The one trace, or text, of a verb that takes one; of standard input ("-") a copy that can be read as a file.
Result<std::string> only_file(const Arguments& arguments);
Result<std::string> only_trace(const Arguments& arguments);

// Damaged input is shown as far as it could be read; which it is, is said on standard error and by the exit code.
ExitCode exit_code_of(std::span<const Run* const> runs, std::string_view verb);
ExitCode exit_code_of(const Run& run, std::string_view verb);
Result<Taxonomy> taxonomy_of(const Arguments& arguments);
// What the options of conditions ask for. Errors: no such class, path, role or context; a stretch of time that is none.
Result<Filter> filter_of(const Arguments& arguments, const Taxonomy& taxonomy);
// Of --format; else of the ending of --output; else text.
Result<const Format*> format_of(const Arguments& arguments);

}  // namespace socklock::analyzer
