// SPDX-License-Identifier: GPL-2.0-or-later
// Plain text for terminals (80 columns) and commit messages (72), no colour.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/printable.h"

namespace socklock::analyzer {

inline constexpr std::size_t kTextColumns = 80;
inline constexpr std::size_t kCommitColumns = 72;

// Columns as wide as their widest cell, two blanks between them; the first column gives way where a line
// would be too long.
class TextTable {
 public:
  enum class Align { kRight, kLeft };
  struct Column {
    std::string title;
    Align align = Align::kRight;
  };

  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}
  // As many cells as columns; cells are made printable.
  void add(std::vector<std::string> cells);
  [[nodiscard]] std::string text(std::size_t columns = kTextColumns) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// Lines of at most `columns`, broken at blanks: the first begins with `begin`, later ones with `indent`.
std::string wrapped(std::string_view text, std::string_view indent, std::string_view begin = "",
                    std::size_t columns = kTextColumns);

}  // namespace socklock::analyzer
