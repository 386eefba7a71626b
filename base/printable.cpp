// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/printable.h"

#include <cstddef>

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

// Bytes of the UTF-8 sequence at `at`; 0 where there is none, an overlong one, or one not to be shown.
std::size_t sequence_bytes(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  const std::size_t bytes = first < 0x80                    ? 1
                            : first >= 0xC2 && first < 0xE0 ? 2
                            : first >= 0xE0 && first < 0xF0 ? 3
                            : first >= 0xF0 && first < 0xF5 ? 4
                                                            : 0;
  if (bytes == 0 || at + bytes > text.size()) return 0;
  char32_t c = bytes == 1 ? first : first & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    if (!continues(text[at + i])) return 0;
    c = c << 6U | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
  }
  if ((bytes == 3 && c < 0x800) || (bytes == 4 && c < 0x10000) || is_unprintable(c)) return 0;
  return bytes;
}

}  // namespace

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

}  // namespace socklock
