// SPDX-License-Identifier: GPL-2.0-or-later
// What dtrace(1) says on standard error, kept for the user and for the trace.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace socklock::collector {

class DtraceWords {
 public:
  // A line, of which the first few are kept.
  void add(std::string_view line);
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
  // How many were left out.
  [[nodiscard]] std::uint64_t more() const { return more_; }
  // In one line; empty where nothing was said.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::string> lines_;
  std::uint64_t more_ = 0;
};

// Why dtrace ended before it recorded anything, by its words and its status, and what would help.
Error refusal_of_dtrace(const DtraceWords& words, int status);

}  // namespace socklock::collector
