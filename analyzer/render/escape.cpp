// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/render/escape.h"

#include "base/text.h"

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

}  // namespace socklock::analyzer
