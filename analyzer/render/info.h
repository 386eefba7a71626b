// SPDX-License-Identifier: GPL-2.0-or-later
// What is in a trace, what was lost, what could not be seen; as text and as JSON ("socklock.info/1").
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "analyzer/load/run.h"

namespace socklock::analyzer {

std::string info_text(const Run& run);
std::string info_json(const Run& run);

// Parts that reports share.
std::string run_line(const Run& run);     // file, label, duration, kernel
std::string losses_text(const Run& run);  // a line for each loss and each damage; empty when there is none
nlohmann::ordered_json work_json(const Work& work);

}  // namespace socklock::analyzer
