// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/load/redact.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <filesystem>
#include <random>

namespace socklock::analyzer {

void redact(Run& run) {
  std::random_device random;
  const std::uint64_t salt = (std::uint64_t{random()} << 32U) | random();
  run.path = std::filesystem::path(run.path).filename().string();
  run.facts.host.name = "(redacted)";
  run.facts.host.boot_id.clear();
  if (!run.facts.workload.argv.empty()) run.facts.workload.argv = {"(redacted)"};
  if (!run.facts.workload.filter.empty()) run.facts.workload.filter = "(redacted)";
  for (Thread& thread : run.dictionaries.threads)
    if (!thread.comm.empty())
      thread.comm =
          fmt::format("thread-{:08x}",
                      static_cast<std::uint32_t>(XXH3_64bits_withSeed(thread.comm.data(), thread.comm.size(), salt)));
  for (LockFacts& lock : run.dictionaries.locks) lock.addresses.clear();
  run.facts.notes.emplace_back(
      "redacted: host name, boot id, command line, folders and names of threads were left out or replaced");
}

}  // namespace socklock::analyzer
