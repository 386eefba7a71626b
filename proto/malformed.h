// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "base/result.h"

namespace socklock::trace {

// What a trace contains is not what a recorder writes.
inline tl::unexpected<Error> malformed(const char* what) { return fail({what, "", "", ExitCode::kBadInput}); }

}  // namespace socklock::trace
