// SPDX-License-Identifier: GPL-2.0-or-later
// The importers, and how the format of a text is found. One more needs a file that defines it, an entry in the list
// below and in import/CMakeLists.txt, and its row in docs/interop.md.
#pragma once

#include <array>
#include <string_view>

#include "import/importer.h"

namespace socklock::imports {

extern const Importer kPerfScript, kFtrace, kPerfLockCsv, kPerfLockTable, kLockStat, kBpftrace, kDtrace, kLockstat,
    kLockProf;

inline constexpr std::array kImporters = {&kPerfScript, &kFtrace, &kPerfLockCsv, &kPerfLockTable, &kLockStat,
                                          &kBpftrace,   &kDtrace, &kLockstat,    &kLockProf};

// Null where there is none.
const Importer* importer_named(std::string_view name);

// Bytes of a text from which its format is found.
inline constexpr std::size_t kHeadBytes = 256UL * 1024;

// The importer of a text that begins with `head`; an error that says what the text is, if that is known, and how to get
// one that can be imported. `name` is the input's.
Result<const Importer*> find_importer(std::string_view head, const std::string& name);
// An error for a file of a known kind that no importer reads whatever it is said to be: perf.data, a trace of ours, ...
Result<void> check_importable(std::string_view head, const std::string& name);

}  // namespace socklock::imports
