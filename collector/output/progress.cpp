// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/output/progress.h"

#include <unistd.h>

#include <cstdio>

#include <fmt/format.h>

#include "base/units.h"

namespace socklock::collector {

Progress::Progress(bool quiet) : on_(!quiet && isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (shown_) std::fputs("\n", stderr);
}

void Progress::show(const ProgressFacts& facts) {
  if (!on_) return;
  shown_ = true;
  const std::string line = fmt::format(
      "{:.0f} s  {} waits ({}/s)  {} events  {} lost  {}  cost {:.1f}% + BPF {:.1f}% of a CPU{}{}", facts.seconds,
      format_count(static_cast<double>(facts.contentions)),
      format_count(static_cast<double>(facts.contentions_per_second)), format_count(static_cast<double>(facts.events)),
      facts.lost, format_bytes(facts.bytes), facts.recorder_cpu_percent, facts.bpf_percent,
      facts.events_one_in == 1 ? "" : fmt::format(", keeps 1 event in {}", facts.events_one_in),
      facts.busiest.empty() ? "" : "  top " + facts.busiest);
  fmt::print(stderr, "\r\033[K{}", line);
  std::fflush(stderr);
}

}  // namespace socklock::collector
