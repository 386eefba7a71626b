// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/kernel/libbpf_messages.h"

#include <bpf/libbpf.h>

#include <cstdarg>
#include <cstdio>
#include <deque>

namespace socklock::collector {
namespace {

constexpr std::size_t kKeptMessages = 64;
constexpr std::size_t kKeptBytes = 800;

std::deque<std::string>& messages() {
  static std::deque<std::string> kept;
  return kept;
}

int keep_message(libbpf_print_level level, const char* format, va_list arguments) {
  if (level == LIBBPF_DEBUG) return 0;
  va_list again;
  va_copy(again, arguments);
  const int length = std::vsnprintf(nullptr, 0, format, again);
  va_end(again);
  if (length <= 0) return length;
  std::string line(static_cast<std::size_t>(length) + 1, '\0');
  std::vsnprintf(line.data(), line.size(), format, arguments);
  line.pop_back();
  while (!line.empty() && line.back() == '\n') line.pop_back();
  // The verifier's verdict is at the end of its long log.
  if (line.size() > kKeptBytes) line = "..." + line.substr(line.find('\n', line.size() - kKeptBytes));
  messages().push_back(std::move(line));
  if (messages().size() > kKeptMessages) messages().pop_front();
  return length;
}

}  // namespace

void capture_libbpf_messages() { libbpf_set_print(keep_message); }

std::string last_libbpf_messages(std::size_t lines) {
  std::string text;
  const std::size_t skipped = messages().size() > lines ? messages().size() - lines : 0;
  for (std::size_t i = skipped; i < messages().size(); ++i) text += (text.empty() ? "" : "\n") + messages()[i];
  return text;
}

}  // namespace socklock::collector
