// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/cli/reading.h"
#include "analyzer/cli/verb.h"
#include "analyzer/load/load_run.h"
#include "analyzer/render/info.h"

namespace socklock::analyzer {

Result<Outcome> info_verb(const Arguments& arguments) {
  SOCKLOCK_TRY_ASSIGN(const std::string path, only_trace(arguments));
  SOCKLOCK_TRY_ASSIGN(const Run run, read_run(path));
  return Outcome{arguments.json ? info_json(run) : info_text(run), exit_code_of(run, "info")};
}

}  // namespace socklock::analyzer
