// SPDX-License-Identifier: GPL-2.0-or-later
// `socklock record --hosts`: no privilege is needed here, so it is no matter of socklock-record's.
#pragma once

namespace socklock::analyzer {

bool names_hosts(int argc, char** argv);
// The process's exit code.
int record_on_hosts(int argc, char** argv);

}  // namespace socklock::analyzer
