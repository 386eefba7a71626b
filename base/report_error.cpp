// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/report_error.h"

#include <fmt/format.h>

#include <clocale>
#include <cstdio>
#include <exception>
#include <new>
#include <nlohmann/json.hpp>

#include "base/json_text.h"
#include "base/message.h"
#include "base/text.h"

namespace socklock {
namespace {

std::string json_text(const Error& error) {
  const nlohmann::ordered_json document{{"schema", "socklock.error/1"},
                                        {"error",
                                         {{"what", error.what},
                                          {"where", error.where},
                                          {"hint", error.hint},
                                          {"exit_code", static_cast<int>(error.exit_code)}}}};
  return dumped(document, 2) + "\n";
}

}  // namespace

int report_error(std::string_view speaker, const Error& error, ErrorFormat format) {
  if (format == ErrorFormat::kJson) {
    fmt::print(stderr, "{}", json_text(error));
  } else {
    say(Severity::kError, speaker, printable(error.message()));
    if (!error.hint.empty()) say(Severity::kError, "hint", printable(error.hint));
  }
  return static_cast<int>(error.exit_code);
}

int run_main(std::string_view speaker, const std::function<int()>& main_part) {
  // Of letters only: figures are written as C writes them.
  std::setlocale(LC_CTYPE, "");
  try {
    return main_part();
  } catch (const std::bad_alloc&) {
    // Nothing is allocated to say so.
    std::fprintf(stderr, "%.*s: out of memory\n", static_cast<int>(speaker.size()), speaker.data());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%.*s: %s\n", static_cast<int>(speaker.size()), speaker.data(), error.what());
  }
  return static_cast<int>(ExitCode::kBadInput);
}

}  // namespace socklock
