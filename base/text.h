// SPDX-License-Identifier: GPL-2.0-or-later
// Text that came from a trace, a command line or a host, made harmless and put into lines. Figures: base/units.h.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace socklock {

inline constexpr std::size_t kTextColumns = 80;
inline constexpr std::size_t kCommitColumns = 72;

// Made safe for a terminal: control characters, those that are invisible or change the direction of writing, and
// broken UTF-8 become '?'.
std::string printable(std::string_view text);

// JSON of valid strings, where what printable() would not show is escaped: a terminal obeys none of it, and its reader
// gets what was there. Line ends stay.
std::string printable_json(std::string_view json);

// Columns of a terminal that UTF-8 takes, a character each.
std::size_t text_width(std::string_view text);

// At most `columns` characters, the end replaced by "…".
std::string cut(std::string_view text, std::size_t columns);

// Printable lines of at most `columns`, broken at blanks, and in words that are longer: the first begins with `begin`,
// later ones with `indent`.
std::string wrapped(std::string_view text, std::string_view indent, std::string_view begin = "",
                    std::size_t columns = kTextColumns);

// A quoted CSV cell (RFC 4180), printable; what a spreadsheet would take for a formula gets an apostrophe in front.
std::string csv_cell(std::string_view text);

}  // namespace socklock
