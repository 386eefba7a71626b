// SPDX-License-Identifier: GPL-2.0-or-later
// What tools print is lines of words and numbers. Bytes changed at random mostly make a line that is none of theirs;
// this mutator changes numbers, words and lines as such, and takes words and lines from elsewhere in the text or from
// another one.
#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/fuzz/input_mutator.h"
#include "tests/fuzz/wire_mutator.h"

namespace socklock::fuzz {
namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1);
    lines.emplace_back(text.substr(0, end + 1));
    text.remove_prefix(end + 1);
  }
  return lines;
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// [first, second) of a word in the line: the one that is next behind a place, from the begin where there is none.
std::pair<std::size_t, std::size_t> a_word(const std::string& line, Random& random) {
  if (line.empty()) return {0, 0};
  std::size_t first = random() % line.size();
  while (first < line.size() && !is_word(line[first])) ++first;
  if (first == line.size()) return {0, 0};
  while (first > 0 && is_word(line[first - 1])) --first;
  std::size_t second = first;
  while (second < line.size() && is_word(line[second])) ++second;
  return {first, second};
}

std::string number_like(const std::string& word, Random& random) {
  if (!std::all_of(word.begin(), word.end(), [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }))
    return word;
  // Longer ones than any that fits.
  if (random() % 16 == 0) return std::string(1 + random() % 40, '9');
  std::uint64_t value = 0;
  for (const char c : word) value = 10 * value + static_cast<std::uint64_t>(c - '0');
  return std::to_string(telling_number(value, random));
}

void change_a_word(std::string& line, const std::string& other, Random& random) {
  const auto [first, second] = a_word(line, random);
  std::string word = line.substr(first, second - first);
  const auto [other_first, other_second] = a_word(other, random);
  if (word.empty()) return;
  switch (random() % 5) {
    case 0: word = other.substr(other_first, other_second - other_first); break;
    case 1: word.clear(); break;
    case 2: word += word; break;
    default: word = number_like(word, random);
  }
  line.replace(first, second - first, word);
}

void change(std::vector<std::string>& lines, const std::vector<std::string>& others, Random& random) {
  const auto at = lines.begin() + static_cast<std::ptrdiff_t>(random() % lines.size());
  const std::string other = others[random() % others.size()];
  switch (random() % 8) {
    case 0: lines.erase(at); break;
    case 1: std::swap(*at, lines[random() % lines.size()]); break;
    case 2: lines.insert(at, other); break;
    case 3: at->resize(random() % (at->size() + 1)); break;
    default: change_a_word(*at, other, random);
  }
}

}  // namespace

std::string changed_input(std::string_view input, std::string_view other, Random& random) {
  std::vector<std::string> lines = lines_of(input);
  const std::vector<std::string> others = lines_of(other);
  for (std::size_t time = 1 + random() % 4; time > 0 && !lines.empty() && !others.empty(); --time)
    change(lines, others, random);
  std::string all;
  for (const std::string& line : lines) all += line;
  return all;
}

}  // namespace socklock::fuzz
