// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/cli/reading.h"
#include "analyzer/cli/verb.h"
#include "analyzer/document/info.h"
#include "analyzer/load/load_run.h"
#include "analyzer/load/run.h"
#include "analyzer/render/formats.h"

namespace socklock::analyzer {

Result<Outcome> info_verb(const Arguments& arguments) {
  SOCKLOCK_TRY_ASSIGN(const std::string path, only_trace(arguments));
  SOCKLOCK_TRY_ASSIGN(const Run run, read_run(path, arguments));
  SOCKLOCK_TRY_ASSIGN(const Format* const format, format_of(arguments));
  SOCKLOCK_TRY_ASSIGN(std::string text, format->render(info_document(run, format->detail)));
  return Outcome{std::move(text), exit_code_of(run, "info")};
}

}  // namespace socklock::analyzer
