// SPDX-License-Identifier: GPL-2.0-or-later
// Words of a line of imported text, which stand between blanks.
#pragma once

#include <string_view>

namespace socklock::imports {

inline constexpr std::string_view kBlanks = " \t\r";

// Without the blanks around it.
std::string_view trimmed(std::string_view text);
// Takes the first word off `text`; empty where there is none.
std::string_view take_word(std::string_view& text);
// Takes the last word off `text`, and the blanks that are the end of it then.
std::string_view pop_word(std::string_view& text);

}  // namespace socklock::imports
