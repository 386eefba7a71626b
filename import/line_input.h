// SPDX-License-Identifier: GPL-2.0-or-later
// The lines of an imported text, which may be of any length and hold anything.
#pragma once

#include <istream>
#include <string>
#include <string_view>

#include "base/result.h"

namespace socklock::imports {

// A line of a text that is longer is no line of any tool.
inline constexpr std::size_t kLongestLineBytes = 1024UL * 1024;

class LineInput {
 public:
  // `in` outlives it; `name` is for messages.
  LineInput(std::istream& in, std::string name) : in_(in), name_(std::move(name)) {}

  // Reads the next line, without its end (LF or CRLF). False at the end of the text and where a line is too long,
  // which status() distinguishes.
  bool next();
  // Valid until the next call of next().
  [[nodiscard]] const std::string& line() const { return line_; }
  [[nodiscard]] std::uint64_t number() const { return number_; }  // of that line, from 1
  [[nodiscard]] Result<void> status() const;

 private:
  std::istream& in_;
  std::string name_, line_;
  std::uint64_t number_ = 0;
  bool too_long_ = false;
};

// Without the mark that some editors put before UTF-8.
std::string_view without_mark(std::string_view text);

// Takes the first line off `text`, without its end.
std::string_view take_line(std::string_view& text);

}  // namespace socklock::imports
