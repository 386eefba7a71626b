// SPDX-License-Identifier: GPL-2.0-or-later
// Lines on standard error, of programs only: "socklock record: ...".
#pragma once

#include <string_view>

namespace socklock {

// As in syslog(3).
enum class Severity { kError = 3, kWarning = 4, kNote = 5, kInformation = 6 };

// A line of `text`, which has to be printable. Where standard error is systemd's journal ($JOURNAL_STREAM), it is filed
// by its severity (sd-daemon(3)).
void say(Severity severity, std::string_view speaker, std::string_view text);

}  // namespace socklock
