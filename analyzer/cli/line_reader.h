// SPDX-License-Identifier: GPL-2.0-or-later
// Lines of standard input: from a terminal with a prompt, editing and the history of this session (libedit), from
// elsewhere as they come.
#pragma once

#include <memory>
#include <optional>
#include <string>

namespace socklock::analyzer {

class LineReader {
 public:
  LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;
  ~LineReader();

  [[nodiscard]] bool is_terminal() const { return terminal_ != nullptr; }
  // The next line without its end, nothing behind the last one. `prompt` goes to standard error.
  std::optional<std::string> next(const std::string& prompt);
  // For the up arrow: a statement as it was typed, without its last line end.
  void remember(const std::string& statement);

 private:
  struct Terminal;
  std::unique_ptr<Terminal> terminal_;
};

}  // namespace socklock::analyzer
