// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/dtrace/words.h"

#include <unistd.h>

#include <fmt/format.h>

namespace socklock::collector {
namespace {

constexpr std::size_t kKept = 8;

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

void DtraceWords::add(std::string_view line) {
  if (line.empty()) return;
  if (lines_.size() < kKept)
    lines_.emplace_back(line);
  else
    ++more_;
}

std::string DtraceWords::text() const {
  std::string text = fmt::format("{}", fmt::join(lines_, "; "));
  return more_ == 0 ? text : fmt::format("{}; and {} lines more", text, more_);
}

Error refusal_of_dtrace(const DtraceWords& words, int status) {
  const std::string said = words.text();
  Error error{said.empty() ? fmt::format("dtrace ended with status {} and said nothing", status) : said, "", "",
              ExitCode::kKernelLacks};
  if (has(said, "rivilege") || has(said, "ermission denied") || has(said, "not permitted")) {
    error.hint = geteuid() == 0 ? "in a jail DTrace is not permitted; record on its host" : "record as root";
    error.exit_code = ExitCode::kNotPermitted;
  } else if (has(said, "device not available") || has(said, "No such file or directory")) {
    error.hint = "kldload dtraceall loads DTrace; a kernel without KDTRACE_HOOKS has none";
  } else if (has(said, "DIF program content is invalid") || has(said, "failed to enable")) {
    error.hint = "this kernel does not take the script; please report it, with the version of FreeBSD";
  } else if (has(said, "estructive actions not allowed")) {
    error.hint =
        "sysctl security.bsd.allow_destructive_dtrace=1, or take 'option destructive' out of socklock.d; the "
        "deadman may then end dtrace on a busy host";
  } else if (has(said, "systemic unresponsiveness") || has(said, "couldn't stop tracing")) {
    error.hint =
        "the kernel's deadman ended dtrace, as it does on a busy host where destructive actions are not allowed";
  } else {
    error.hint = "socklock doctor says what of DTrace is there";
  }
  return error;
}

}  // namespace socklock::collector
