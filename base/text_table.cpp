// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/text_table.h"

#include <algorithm>
#include <numeric>

namespace socklock {
namespace {

std::string shortened(const std::string& text, std::size_t columns) {
  if (text_width(text) <= columns) return text;
  std::size_t end = 0;
  for (std::size_t seen = 0; end < text.size(); ++end) {
    if ((static_cast<unsigned char>(text[end]) & 0xC0U) != 0x80U && ++seen == columns) break;
  }
  return text.substr(0, end) + "~";
}

// Words of a title in lines of at most so many columns; one that is longer has a line for itself.
std::vector<std::string> lines_of(const std::string& title, std::size_t columns) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < title.size();) {
    const std::size_t end = std::min(title.find(' ', begin), title.size());
    const std::string word = title.substr(begin, end - begin);
    if (!lines.empty() && text_width(lines.back()) + 1 + text_width(word) <= columns)
      lines.back() += ' ' + word;
    else
      lines.push_back(word);
    begin = end + 1;
  }
  if (lines.empty()) lines.emplace_back();
  return lines;
}

void append_cell(std::string& line, const std::string& cell, std::size_t columns, TextTable::Align align) {
  const std::string padding(columns - std::min(columns, text_width(cell)), ' ');
  line += align == TextTable::Align::kLeft ? cell + padding : padding + cell;
}

}  // namespace

void TextTable::add(std::vector<std::string> cells) {
  for (std::string& cell : cells) cell = printable(cell);
  rows_.push_back(std::move(cells));
}

std::string TextTable::text(std::size_t columns) const {
  std::vector<std::size_t> widths;
  for (std::size_t column = 0; column < columns_.size(); ++column) {
    std::size_t widest = text_width(columns_[column].title);
    for (const auto& row : rows_) widest = std::max(widest, text_width(row[column]));
    widths.push_back(widest);
  }
  const std::size_t sum = std::accumulate(widths.begin(), widths.end(), 2 * (widths.size() - 1));
  if (sum > columns) widths[0] = std::max<std::size_t>(12, widths[0] - std::min(widths[0], sum - columns));

  std::string result;
  const auto append_line = [&](auto cell_of) {
    std::string line;
    for (std::size_t column = 0; column < columns_.size(); ++column) {
      if (column > 0) line += "  ";
      append_cell(line, shortened(cell_of(column), widths[column]), widths[column], columns_[column].align);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    result += line + "\n";
  };
  // A title that is longer than what stands below it goes over several lines: cut off it would say nothing.
  const std::vector<std::string> title = lines_of(columns_[0].title, widths[0]);
  for (std::size_t i = 0; i + 1 < title.size(); ++i)
    append_line([&](std::size_t column) { return column == 0 ? title[i] : std::string(); });
  append_line([&](std::size_t column) { return column == 0 ? title.back() : columns_[column].title; });
  for (const auto& row : rows_) append_line([&](std::size_t column) { return row[column]; });
  return result;
}

}  // namespace socklock
