// SPDX-License-Identifier: GPL-2.0-or-later
// How the recorders of Linux and FreeBSD differ for the command line, which they share. Each has these functions,
// record() and diagnose() of its own: in record/ and probe/, or in dtrace/.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace socklock::collector {

// An option of `record` that this system can't have, and why not.
struct RefusedOption {
  const char* name;
  const char* reason;
};
std::vector<RefusedOption> refused_options();

// --level.
struct LevelOption {
  std::uint32_t by_default;
  const char* help;
};
LevelOption level_option();

// Behind the version of socklock-record: what it records with here, in lines.
std::string recorded_with();

}  // namespace socklock::collector
