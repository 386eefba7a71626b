// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/message.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/locale_text.h"

namespace socklock {
namespace {

// $JOURNAL_STREAM is inherited, also by programs whose standard error went elsewhere since: it names the file.
bool is_journal() {
  const char* const stream = std::getenv("JOURNAL_STREAM");
  struct stat error_stream {};
  return stream != nullptr && fstat(STDERR_FILENO, &error_stream) == 0 &&
         stream == fmt::format("{}:{}", error_stream.st_dev, error_stream.st_ino);
}

}  // namespace

void say(Severity severity, std::string_view speaker, std::string_view text) {
  const std::string level = is_journal() ? fmt::format("<{}>", static_cast<int>(severity)) : "";
  fmt::print(stderr, "{}{}: {}\n", level, speaker, in_locale(text));
}

}  // namespace socklock
