// SPDX-License-Identifier: GPL-2.0-or-later
// What libbpf says, the verifier's verdict for instance.
#pragma once

#include <cstddef>
#include <string>

namespace socklock::collector {

// Keeps the last messages instead of printing them.
void capture_libbpf_messages();
// The last lines of what was said, at most `lines`; empty when nothing was.
std::string last_libbpf_messages(std::size_t lines);

}  // namespace socklock::collector
