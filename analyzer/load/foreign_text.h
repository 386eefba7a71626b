// SPDX-License-Identifier: GPL-2.0-or-later
// What other tools recorded, made a trace without a command line: who opens a file need not know what it is.
#pragma once

#include <string>

#include "base/result.h"

namespace socklock::analyzer {

// Whether an importer takes the file for a text of its format. What can't be read is none.
bool is_foreign_text(const std::string& path);

// Writes a trace of the text to `output`, whole or not at all. Whether the text said how long was recorded: without
// that there are no figures per second and no verdict. `duration_seconds`: as somebody
// states it; 0: nobody does. Errors: no importer reads it, or not to its end.
Result<bool> import_text(const std::string& path, const std::string& output, double duration_seconds = 0);

}  // namespace socklock::analyzer
