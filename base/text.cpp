// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/text.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <vector>

namespace socklock {
namespace {

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// Not to be shown as they are: surrogates and what is beyond Unicode, C0 and C1 controls, soft hyphen,
// zero-width and direction marks, embeddings, overrides and isolates, line separators, byte order mark, tags.
bool is_unprintable(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || c == 0x61C || c == 0x180E ||
         (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) ||
         (c >= 0xD800 && c < 0xE000) || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c < 0xE0080) ||
         c > 0x10FFFF;
}

struct Character {
  std::size_t bytes = 0;  // of its UTF-8 sequence; 0: there is none, or an overlong one
  char32_t code = 0;
};

Character character_at(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  const std::size_t bytes = first < 0x80                    ? 1
                            : first >= 0xC2 && first < 0xE0 ? 2
                            : first >= 0xE0 && first < 0xF0 ? 3
                            : first >= 0xF0 && first < 0xF5 ? 4
                                                            : 0;
  if (bytes == 0 || at + bytes > text.size()) return {};
  char32_t c = bytes == 1 ? first : first & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if (!continues(text[at + i])) return {};
    c = c << 6U | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
  }
  if ((bytes == 3 && c < 0x800) || (bytes == 4 && c < 0x10000)) return {};
  return {bytes, c};
}

// Bytes of what is at `at`; 0 where there is nothing that can be shown.
std::size_t sequence_bytes(std::string_view text, std::size_t at) {
  const Character character = character_at(text, at);
  return is_unprintable(character.code) ? 0 : character.bytes;
}

void append_utf16_escape(std::string& to, char32_t unit) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  to += "\\u";
  for (unsigned shift = 16; shift > 0;) to += kDigits[unit >> (shift -= 4) & 0xF];
}

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

// Where in `word` so many characters end, or it does.
std::size_t end_of(std::string_view word, std::size_t characters) {
  std::size_t seen = 0, i = 0;
  for (; i < word.size(); ++i)
    if (!continues(word[i]) && ++seen > characters) break;
  return i;
}

}  // namespace

std::size_t text_width(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::count_if(text.begin(), text.end(), continues));
}

std::string printable(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t bytes = sequence_bytes(text, i);
    if (bytes == 0) {
      result += '?';
      ++i;
    } else {
      result += text.substr(i, bytes);
      i += bytes;
    }
  }
  return result;
}

std::string printable_json(std::string_view json) {
  std::string result;
  for (std::size_t i = 0; i < json.size();) {
    const auto [bytes, code] = character_at(json, i);
    if (bytes == 0) {
      result += '?';
      ++i;
      continue;
    }
    if (!is_unprintable(code) || code == '\n')
      result += json.substr(i, bytes);
    else if (code < 0x10000)
      append_utf16_escape(result, code);
    else
      for (const char32_t unit : {0xD800 + ((code - 0x10000) >> 10U), 0xDC00 + ((code - 0x10000) & 0x3FFU)})
        append_utf16_escape(result, unit);
    i += bytes;
  }
  return result;
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
    line += is_fresh ? "" : " ";
    std::string_view rest = word;
    // One that fits into no line, a command's argument or a path, goes over several.
    while (text_width(line) + text_width(rest) > columns && text_width(indent) < columns) {
      const std::size_t end = end_of(rest, columns - std::min(columns, text_width(line)));
      result += line + std::string(rest.substr(0, end)) + "\n";
      rest.remove_prefix(end);
      line = indent;
    }
    line += rest;
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
