// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "base/units.h"
#include "socklock/trace/v1/header.pb.h"

namespace socklock::imports {

// Of the intervals of an imported trace: as our recorder's.
inline constexpr std::uint64_t kImportIntervalNs = kNsPerSecond / 2;

// The header of a trace that `origin`, the importer, makes.
trace::v1::Header imported_header(const std::string& origin, const std::string& label);

// Takes what a line of perf's --header says into the header: "# hostname : x", "# os release : 6.12", ...
void read_header_line(const std::string& line, trace::v1::Header& header);

}  // namespace socklock::imports
