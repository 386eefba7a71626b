// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/text.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <vector>

namespace socklock {
namespace {

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// A number keeps its unit: "4.1 µs".
bool belongs_to(const std::string& word, const std::string& next) {
  static constexpr std::array<std::string_view, 8> kUnits{"ns", "µs", "ms", "s", "B", "KiB", "MiB", "GiB"};
  if (word.empty() || !is_digit(word.back())) return false;
  const std::string_view bare = std::string_view(next).substr(0, next.find_first_of(",:;)"));
  return std::find(kUnits.begin(), kUnits.end(), bare) != kUnits.end();
}

// The words of a text made printable, numbers with what belongs to them.
std::vector<std::string> words_of(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; in >> word;) {
    word = printable(word);
    if (!words.empty() && belongs_to(words.back(), word))
      words.back() += " " + word;
    else
      words.push_back(word);
  }
  return words;
}

}  // namespace

std::size_t text_width(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::count_if(text.begin(), text.end(), continues));
}

std::string cut(std::string_view text, std::size_t columns) {
  std::size_t seen = 0;
  std::size_t last = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (continues(text[i])) continue;
    if (++seen == columns) last = i;
    if (seen > columns) return std::string(text.substr(0, last)) + "…";
  }
  return std::string(text);
}

std::string wrapped(std::string_view text, std::string_view indent, std::string_view begin, std::size_t columns) {
  std::string result;
  std::string line = printable(begin);
  bool is_fresh = true;
  for (const std::string& word : words_of(text)) {
    if (!is_fresh && text_width(line) + 1 + text_width(word) > columns) {
      result += line + "\n";
      line = indent;
      is_fresh = true;
    }
    line += (is_fresh ? "" : " ") + word;
    is_fresh = false;
  }
  return result + line + "\n";
}

std::string csv_cell(std::string_view text) {
  static constexpr std::string_view kFormula = "=+-@";
  std::string result = "\"";
  const std::string clean = printable(text);
  if (!clean.empty() && kFormula.find(clean.front()) != std::string_view::npos) result += '\'';
  for (const char c : clean) {
    if (c == '"') result += '"';
    result += c;
  }
  return result + "\"";
}

}  // namespace socklock
