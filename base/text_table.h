// SPDX-License-Identifier: GPL-2.0-or-later
// Plain text for terminals (80 columns) and commit messages (72), no colour.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/text.h"

namespace socklock {

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

}  // namespace socklock
