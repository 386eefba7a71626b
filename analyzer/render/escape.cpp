// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/render/escape.h"

#include "analyzer/render/text_table.h"

namespace socklock::analyzer {

std::string html_escaped(std::string_view text) {
  std::string result;
  for (const char c : printable(text)) {
    switch (c) {
      case '&': result += "&amp;"; break;
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      case '"': result += "&quot;"; break;
      case '\'': result += "&#39;"; break;
      default: result += c;
    }
  }
  return result;
}

std::string markdown_escaped(std::string_view text) {
  // "@" and "#" too: forges turn them into mentions and references. As HTML entities, since some of them
  // can't be escaped by a backslash.
  static constexpr std::string_view kSpecial = "\\`*_{}[]()<>#+!|~&@$:";
  std::string result;
  for (const char c : printable(text)) {
    if (kSpecial.find(c) == std::string_view::npos)
      result += c;
    else
      result += "&#" + std::to_string(static_cast<unsigned>(c)) + ";";
  }
  return result;
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

std::string cut(std::string_view text, std::size_t columns) {
  std::size_t seen = 0;
  std::size_t last = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0U) == 0x80U) continue;
    if (++seen == columns) last = i;
    if (seen > columns) return std::string(text.substr(0, last)) + "…";
  }
  return std::string(text);
}

}  // namespace socklock::analyzer
