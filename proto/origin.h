// SPDX-License-Identifier: GPL-2.0-or-later
// What the source of an imported trace can say (Header.knows). What it can't say is in the trace as nothing, never as
// 0.
#pragma once

#include <cstdint>

#include "socklock/trace/v1/header.pb.h"

namespace socklock::trace {

enum class System : std::uint8_t { kLinux, kFreebsd };

// Our own recorder on Linux has all of it, or says in its probes why not.
struct Knows {
  bool duration = true;           // how long was recorded; else the intervals say only where waits were
  bool distribution = true;       // single waits or their histograms; else there are no quantiles
  bool work = true;               // what the host got done meanwhile
  bool acquisitions = true;       // how often locks were taken
  bool acquisition_paths = true;  // and on which call paths
  bool holds = true;              // for how long they were held
  System system = System::kLinux;
  bool operator==(const Knows&) const = default;
};

v1::Knows encode(const Knows& knows);
Knows decode(const v1::Knows& message);

}  // namespace socklock::trace
