// SPDX-License-Identifier: GPL-2.0-or-later
// What is in a trace, what was lost, what could not be seen: the document of socklock info. Its data are
// "socklock.info/1".
#pragma once

#include <string>
#include <vector>

#include "analyzer/document/document.h"

namespace socklock::analyzer {

struct Run;

Document info_document(const Run& run, Detail detail);

Value info_data(const Run& run);
Value work_data(const Run& run);  // null where it was not counted

// Sentences that reports share.
std::string run_line(const Run& run);                   // file, label, duration, kernel
std::vector<std::string> losses_lines(const Run& run);  // one for each loss and each damage

}  // namespace socklock::analyzer
