// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "base/units.h"
#include "import/importer.h"
#include "socklock/trace/v1/header.pb.h"

namespace socklock::imports {

// Of the intervals of an imported trace: as our recorder's.
inline constexpr std::uint64_t kImportIntervalNs = kNsPerSecond / 2;

// The header of a trace that `importer` makes; it knows how long was recorded if `options` say so.
trace::v1::Header imported_header(const Importer& importer, const ImportOptions& options);

// Takes what a line of perf's --header says into the header: "# hostname : x", "# os release : 6.12", ...
void read_header_line(const std::string& line, trace::v1::Header& header);

// The note where nothing said how long was recorded.
inline constexpr const char* kNoDuration =
    "how long was recorded, and so anything per second: socklock import --duration SECONDS states it";

}  // namespace socklock::imports
