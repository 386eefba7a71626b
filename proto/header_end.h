// SPDX-License-Identifier: GPL-2.0-or-later
// A trace begins with its header and ends with what that did not know yet.
#pragma once

#include <optional>

#include "socklock/trace/v1/footer.pb.h"
#include "socklock/trace/v1/header.pb.h"

namespace socklock::trace {

// What makes `end` of `begin`; nothing where they differ in more than a HeaderEnd has.
std::optional<v1::HeaderEnd> header_end(const v1::Header& begin, const v1::Header& end);
// The header as it was at the end, of what a trace has: its header, or none of it where that is damaged, and its
// footer.
v1::Header header_at_end(v1::Header begin, const v1::Footer& footer);

}  // namespace socklock::trace
