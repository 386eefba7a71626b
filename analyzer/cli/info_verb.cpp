// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/cli/verbs.h"
#include "analyzer/load/load_run.h"
#include "analyzer/render/info.h"

namespace socklock::analyzer {

Result<Outcome> info_verb(const Arguments& arguments) {
  SOCKLOCK_TRY_ASSIGN(const Run run, load_run(arguments.files.front()));
  return Outcome{arguments.json ? info_json(run) : info_text(run), exit_code_of(run)};
}

}  // namespace socklock::analyzer
