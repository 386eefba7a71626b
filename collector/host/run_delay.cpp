// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/host/run_delay.h"

#include <cstdint>
#include <fstream>

namespace socklock::collector {

bool counts_run_delay(const std::string& schedstat) {
  std::ifstream file(schedstat);
  std::uint64_t ran_ns = 0, run_delay_ns = 0, times = 0;
  return (file >> ran_ns >> run_delay_ns >> times) && times > 0;
}

}  // namespace socklock::collector
