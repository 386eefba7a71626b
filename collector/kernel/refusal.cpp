// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/kernel/refusal.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>

#include <fmt/format.h>

#include "collector/kernel/libbpf_messages.h"

namespace socklock::collector {
namespace {

struct Cause {
  std::string cause;
  std::string remedy;
};

bool has_capability(unsigned number) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
  if (syscall(SYS_capget, &header, sets.data()) != 0) return false;
  return (sets.at(number / 32).effective >> (number % 32) & 1U) != 0;
}

std::string missing_capabilities() {
  // CAP_SYS_ADMIN includes both (include/linux/capability.h, bpf_capable() and perfmon_capable()).
  if (has_capability(CAP_SYS_ADMIN)) return "";
  std::string missing;
  if (!has_capability(CAP_BPF)) missing = "CAP_BPF";
  if (!has_capability(CAP_PERFMON)) missing += missing.empty() ? "CAP_PERFMON" : " and CAP_PERFMON";
  return missing;
}

// The mode in brackets of "none [integrity] confidentiality"; nothing where there is no lockdown.
std::optional<std::string> lockdown() {
  std::ifstream in("/sys/kernel/security/lockdown");
  for (std::string word; in >> word;)
    if (word.starts_with('[')) return word.substr(1, word.size() - 2);
  return std::nullopt;
}

// Whether this kernel's configuration has the option; nothing where the configuration is not to be had.
std::optional<bool> configured(std::string_view option) {
  gzFile file = gzopen("/proc/config.gz", "rb");
  if (!file) return std::nullopt;
  bool found = false;
  const std::string wanted = fmt::format("{}=", option);
  std::array<char, 512> line{};
  while (!found && gzgets(file, line.data(), static_cast<int>(line.size())) != nullptr)
    found = std::string_view(line.data()).starts_with(wanted);
  gzclose(file);
  return found;
}

Cause cause_of(int error_number) {
  if (error_number == EPERM || error_number == EACCES) {
    if (const std::string missing = missing_capabilities(); !missing.empty())
      return {"capability: " + missing + (missing.find("and") == std::string::npos ? " is missing" : " are missing"),
              "run as root, or with CAP_BPF, CAP_PERFMON and CAP_SYSLOG"};
    if (const auto mode = lockdown(); mode && *mode != "none")
      return {"lockdown: the kernel is locked down for " + *mode, "boot without lockdown, or with lockdown=integrity"};
    return {"policy: the rights are there, and a security module or a hardened kernel refuses all the same",
            "it takes whoever set that policy for this kernel; recording goes on without"};
  }
  // ENOTSUPP of the kernel has no name in user space.
  if (error_number == EOPNOTSUPP || error_number == 524 || error_number == ENODEV || error_number == EINVAL) {
    for (const char* option : {"CONFIG_FUNCTION_TRACER", "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS", "CONFIG_KPROBES"})
      if (configured(option) == false)
        return {fmt::format("config: the kernel was built without {}", option), "a kernel with that option"};
  }
  if (error_number == ENOENT || error_number == ESRCH)
    return {"kernel version: this kernel has no such function or type",
            "a newer kernel, or none: see docs/recording.md"};
  return {"", last_libbpf_messages(8)};
}

}  // namespace

Error refusal(int error_number, std::string_view what) {
  const Cause cause = cause_of(error_number);
  Error error{fmt::format("{}: {}", what, std::strerror(error_number)), "", cause.remedy, ExitCode::kKernelLacks};
  if (!cause.cause.empty()) error.what += fmt::format(" ({})", cause.cause);
  if (error_number == EPERM || error_number == EACCES) error.exit_code = ExitCode::kNotPermitted;
  return error;
}

}  // namespace socklock::collector
