// SPDX-License-Identifier: GPL-2.0-or-later
#include "import/line_input.h"

#include <fmt/format.h>

namespace socklock::imports {

bool LineInput::next() {
  line_.clear();
  std::streambuf& text = *in_.rdbuf();
  int byte = text.sgetc();
  if (too_long_ || byte == std::char_traits<char>::eof()) return false;
  ++number_;
  for (; byte != std::char_traits<char>::eof(); byte = text.sgetc()) {
    text.sbumpc();
    if (byte == '\n') break;
    if (line_.size() == kLongestLineBytes) {
      too_long_ = true;
      return false;
    }
    line_ += static_cast<char>(byte);
  }
  if (line_.ends_with('\r')) line_.pop_back();
  if (number_ == 1) line_.erase(0, line_.size() - without_mark(line_).size());
  return true;
}

Result<void> LineInput::status() const {
  if (!too_long_) return {};
  return fail({"a line of more than 1 MiB, which is no text of a tool", fmt::format("line {} of '{}'", number_, name_),
               "", ExitCode::kBadInput});
}

std::string_view without_mark(std::string_view text) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  return text.starts_with(kMark) ? text.substr(kMark.size()) : text;
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace socklock::imports
