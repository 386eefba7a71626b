// SPDX-License-Identifier: GPL-2.0-or-later
// The verbs, a file each: load, compute, render. What they print is theirs to say, printing is not.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/cli/arguments.h"
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
};

Result<Outcome> info_verb(const Arguments& arguments);
Result<Outcome> report_verb(const Arguments& arguments);
Result<Outcome> compare_verb(const Arguments& arguments);
// With --null.
Result<Outcome> null_verb(const Arguments& arguments);
Result<Outcome> ab_verb(const Arguments& arguments);
Result<Outcome> export_verb(const Arguments& arguments);
Result<Outcome> import_verb(const Arguments& arguments);
Result<Outcome> query_verb(const Arguments& arguments);

// Damaged input is shown as far as it could be read, and said by the exit code.
ExitCode exit_code_of(const Run& run);
// The same of several, saying which are damaged on standard error: for what has no room for it in its result.
ExitCode exit_code_of(std::span<const Run* const> runs, std::string_view verb);
Result<Taxonomy> taxonomy_of(const Arguments& arguments);
// Of --format; else of the ending of --output; else text.
Result<const Format*> format_of(const Arguments& arguments);

}  // namespace socklock::analyzer
