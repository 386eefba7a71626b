// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/render/text_table.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <sstream>

namespace socklock::analyzer {
namespace {

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

std::size_t width(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::count_if(text.begin(), text.end(), continues));
}

std::string shortened(const std::string& text, std::size_t columns) {
  if (width(text) <= columns) return text;
  std::size_t end = 0;
  for (std::size_t seen = 0; end < text.size(); ++end) {
    if (!continues(text[end]) && ++seen == columns) break;
  }
  return text.substr(0, end) + "~";
}

void append_cell(std::string& line, const std::string& cell, std::size_t columns, TextTable::Align align) {
  const std::string padding(columns - std::min(columns, width(cell)), ' ');
  line += align == TextTable::Align::kLeft ? cell + padding : padding + cell;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// A number keeps its next group of digits and its unit: "12 345", "4.1 µs", "5 %".
bool belongs_to(const std::string& word, const std::string& next) {
  static constexpr std::array<std::string_view, 9> kUnits{"ns", "µs", "ms", "s", "%", "B", "KiB", "MiB", "GiB"};
  if (word.empty() || !is_digit(word.back())) return false;
  const std::string_view bare = std::string_view(next).substr(0, next.find_first_of(",:;)"));
  return is_digit(next.front()) || std::find(kUnits.begin(), kUnits.end(), bare) != kUnits.end();
}

// The words of a text, numbers with what belongs to them.
std::vector<std::string> words_of(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; in >> word;) {
    if (!words.empty() && belongs_to(words.back(), word))
      words.back() += " " + word;
    else
      words.push_back(word);
  }
  return words;
}

}  // namespace

void TextTable::add(std::vector<std::string> cells) {
  for (std::string& cell : cells) cell = printable(cell);
  rows_.push_back(std::move(cells));
}

std::string TextTable::text(std::size_t columns) const {
  std::vector<std::size_t> widths;
  for (std::size_t column = 0; column < columns_.size(); ++column) {
    std::size_t widest = width(columns_[column].title);
    for (const auto& row : rows_) widest = std::max(widest, width(row[column]));
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
  append_line([&](std::size_t column) { return columns_[column].title; });
  for (const auto& row : rows_) append_line([&](std::size_t column) { return row[column]; });
  return result;
}

std::string wrapped(std::string_view text, std::string_view indent, std::string_view begin, std::size_t columns) {
  std::string result, line(begin);
  bool is_fresh = true;
  for (const std::string& word : words_of(text)) {
    if (!is_fresh && width(line) + 1 + width(word) > columns) {
      result += line + "\n";
      line = indent;
      is_fresh = true;
    }
    line += (is_fresh ? "" : " ") + word;
    is_fresh = false;
  }
  return result + line + "\n";
}

}  // namespace socklock::analyzer
