// SPDX-License-Identifier: GPL-2.0-or-later
// Text for people whose terminal knows no Unicode. Of programs only, whose main has asked for the user's locale.
#pragma once

#include <string>
#include <string_view>

namespace socklock {

// Text in UTF-8 as it is where the locale's encoding is that; else in ASCII: "us" for microseconds, "x", "+-", "<=",
// '?' for a letter that has no such word. Columns stay where they are.
std::string in_locale(std::string_view text);

}  // namespace socklock
