// SPDX-License-Identifier: GPL-2.0-or-later
// A terminal that a program has for itself: lines out, keys in. By ncurses, which is on every system, needs no colours,
// and redraws over a slow line only what changed.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/live/live_view.h"
#include "base/result.h"

namespace socklock::analyzer {

class Terminal {
 public:
  // Errors: standard input and output are no terminal, or one that has no name (TERM).
  static Result<Terminal> open();
  Terminal(Terminal&& other) noexcept;
  Terminal& operator=(Terminal&&) = delete;
  // As it was before.
  ~Terminal();

  [[nodiscard]] LiveSize size() const;
  void show(const std::vector<LiveLine>& lines);
  // The next key as LiveView::press() takes it; nothing: none came so long, or the size changed.
  std::optional<int> key(std::chrono::milliseconds timeout);
  // A line of text, typed at the bottom behind `prompt`; nothing: Escape.
  std::optional<std::string> ask(const std::string& prompt, const std::string& text);

 private:
  explicit Terminal(void* screen) : screen_(screen) {}
  void* screen_;
};

}  // namespace socklock::analyzer
