// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/locale_text.h"

#include <langinfo.h>

#include <algorithm>
#include <array>

namespace socklock {
namespace {

bool is_utf8() {
  const std::string_view encoding = nl_langinfo(CODESET);
  return encoding == "UTF-8" || encoding == "utf8";
}

struct Substitute {
  std::string_view utf8, ascii;
};

// What our texts have beside ASCII.
constexpr std::array kSubstitutes{
    Substitute{"µ", "u"},  Substitute{"×", "x"},  Substitute{"–", "-"},  Substitute{"…", "~"},
    Substitute{"“", "\""}, Substitute{"”", "\""}, Substitute{"±", "+-"}, Substitute{"≤", "<="},
    Substitute{"≥", ">="}, Substitute{"→", "->"}, Substitute{"←", "<-"},
};

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

}  // namespace

std::string in_locale(std::string_view text) {
  if (is_utf8()) return std::string(text);
  std::string ascii;
  while (!text.empty()) {
    if (static_cast<unsigned char>(text.front()) < 0x80) {
      ascii += text.front();
      text.remove_prefix(1);
      continue;
    }
    const auto* const found = std::find_if(kSubstitutes.begin(), kSubstitutes.end(),
                                           [&](const Substitute& one) { return text.starts_with(one.utf8); });
    std::size_t bytes = 1;
    while (bytes < text.size() && continues(text[bytes])) ++bytes;
    text.remove_prefix(bytes);
    ascii += found == kSubstitutes.end() ? std::string_view("?") : found->ascii;
    // Two columns for one: that of a blank behind it.
    if (found != kSubstitutes.end() && found->ascii.size() > 1 && text.starts_with(' ')) text.remove_prefix(1);
  }
  return ascii;
}

}  // namespace socklock
