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
  // can't be escaped by a backslash. Parentheses and "!" do something beside a bracket only, which is escaped.
  static constexpr std::string_view kSpecial = "\\`*_{}[]<>#|~&@$";
  const std::string clean = printable(text);
  std::string result;
  for (std::size_t i = 0; i < clean.size(); ++i) {
    const char c = clean[i];
    // An address or a smiley where no blank follows.
    const bool is_special =
        kSpecial.find(c) != std::string_view::npos || (c == ':' && i + 1 < clean.size() && clean[i + 1] != ' ');
    if (is_special)
      result += "&#" + std::to_string(static_cast<unsigned>(c)) + ";";
    else
      result += c;
  }
  return result;
}

}  // namespace socklock::analyzer
