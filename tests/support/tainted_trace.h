// SPDX-License-Identifier: GPL-2.0-or-later
// A real recording of which every name and text means something to a terminal, a browser, a spreadsheet or a parser.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace socklock::testing {

enum class Tainted {
  kTexts,       // what is shown only: locks keep the names by which they are classified, so that all views have rows
  kEverything,  // that too, and what was empty
};

// The trace `from` as `to`, with `taint` before each text.
Result<void> write_tainted(const std::string& from, const std::string& to, std::string_view taint, Tainted what);

// How many fields of the format are texts: as many as write_tainted() knows, or a new one is not tainted yet.
unsigned count_of_texts();

}  // namespace socklock::testing
