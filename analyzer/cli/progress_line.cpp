// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/cli/progress_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/units.h"

namespace socklock::analyzer {

ProgressLine::ProgressLine(std::uint64_t total_bytes) : is_on_(isatty(STDERR_FILENO) != 0), total_bytes_(total_bytes) {}

ProgressLine::~ProgressLine() {
  if (is_shown_) fmt::print(stderr, "\r\033[K");
}

void ProgressLine::show(std::uint64_t bytes_read) {
  if (!is_on_) return;
  const auto now = (Clock::now() - begin_).count();
  auto next = next_.load();
  if (now < next || !next_.compare_exchange_strong(next, now + Clock::duration(std::chrono::milliseconds(200)).count()))
    return;
  is_shown_ = true;
  if (total_bytes_ == 0) {
    fmt::print(stderr, "\r\033[Kreading: {}", format_bytes(bytes_read));
  } else {
    const double share = static_cast<double>(bytes_read) / static_cast<double>(total_bytes_);
    fmt::print(stderr, "\r\033[Kreading: {:.0f}%", 100 * std::min(share, 1.0));
  }
  std::fflush(stderr);
}

}  // namespace socklock::analyzer
