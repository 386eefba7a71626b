// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/report_error.h"

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <new>
#include <nlohmann/json.hpp>

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
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
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
