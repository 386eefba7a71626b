// SPDX-License-Identifier: GPL-2.0-or-later
// The TCP sockets that were there before a recording began.
#pragma once

#include "base/result.h"

namespace socklock::collector {

// Makes the kernel enter them (of our network namespace) into a session's table of sockets, once.
Result<void> list_open_sockets(int sockets_map, bool with_addresses);

}  // namespace socklock::collector
