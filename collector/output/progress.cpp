// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/output/progress.h"

#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>

#include <fmt/format.h>

#include "base/locale_text.h"
#include "base/text.h"
#include "base/units.h"

namespace socklock::collector {
namespace {

std::size_t terminal_columns() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : 80;
}

}  // namespace

Progress::Progress(bool quiet) : on_(!quiet && isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (shown_) std::fputs("\n", stderr);
}

void Progress::show(const ProgressFacts& facts) {
  if (!on_) return;
  shown_ = true;
  const std::string line = fmt::format(
      "{:.0f} s  {} waits ({}/s)  {} lost  {} events  {}  cost {:.2f}% of all CPUs (waits {:.2f}, work {:.2f}, "
      "switches {:.2f}, recorder {:.2f}){}",
      facts.seconds, format_count(static_cast<double>(facts.contentions)),
      format_count(static_cast<double>(facts.contentions_per_second)), facts.lost,
      format_count(static_cast<double>(facts.events)), format_bytes(facts.bytes), facts.cost.all(), facts.cost.waits,
      facts.cost.work, facts.cost.switches, facts.cost.recorder,
      facts.events_one_in == 1 ? "" : fmt::format(", keeps 1 event in {}", facts.events_one_in));
  // A longer line would wrap, and leave its first half on the screen each time.
  fmt::print(stderr, "\r\033[K{}", in_locale(cut(line, terminal_columns() - 1)));
  std::fflush(stderr);
}

}  // namespace socklock::collector
