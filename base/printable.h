// SPDX-License-Identifier: GPL-2.0-or-later
// Text of strangers (names of threads, files, hosts) on its way to a terminal.
#pragma once

#include <string>
#include <string_view>

namespace socklock {

// Control characters, those that are invisible or change the direction of writing, and bytes that are no UTF-8
// become '?'.
std::string printable(std::string_view text);

}  // namespace socklock
