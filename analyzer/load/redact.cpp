// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/load/redact.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <filesystem>
#include <random>

#include "analyzer/load/run.h"

namespace socklock::analyzer {

namespace {

std::string pseudonym(const char* kind, const std::string& name, std::uint64_t salt) {
  return fmt::format("{}-{:08x}", kind,
                     static_cast<std::uint32_t>(XXH3_64bits_withSeed(name.data(), name.size(), salt)));
}

// Files and labels are often named for the host, as those of socklock record --hosts are.
std::string without_host(const std::string& text, const std::string& host, std::uint64_t salt) {
  constexpr std::size_t kShortest = 2;  // else it is in every word
  if (host.size() < kShortest || text.find(host) == std::string::npos) return text;
  return pseudonym("host", text, salt);
}

}  // namespace

Redaction::Redaction() {
  std::random_device random;
  salt_ = (std::uint64_t{random()} << 32U) | random();
}

void Redaction::apply(Run& run) const {
  const std::string host = run.facts.host.name;
  run.facts.host.name = pseudonym("host", host, salt_);
  const std::filesystem::path file = std::filesystem::path(run.path).filename();
  run.path = without_host(file.stem().string(), host, salt_) + file.extension().string();
  run.facts.label = without_host(run.facts.label, host, salt_);
  run.facts.host.boot_id.clear();
  if (!run.facts.workload.argv.empty()) run.facts.workload.argv = {"(redacted)"};
  if (std::string& filter = run.facts.workload.filter; !filter.empty()) filter = pseudonym("filter", filter, salt_);
  for (Thread& thread : run.dictionaries.threads)
    if (!thread.comm.empty()) thread.comm = pseudonym("thread", thread.comm, salt_);
  for (Cgroup& cgroup : run.dictionaries.cgroups)
    // The root is every host's.
    if (cgroup.path.size() > 1) cgroup.name = cgroup.path = pseudonym("cgroup", cgroup.path, salt_);
  for (auto& [inode, name] : run.dictionaries.namespaces)
    if (name != "host") name = pseudonym("netns", name, salt_);
  for (LockFacts& lock : run.dictionaries.locks) lock.addresses.clear();
  run.facts.notes.emplace_back(
      "redacted: host name, boot id, command line, folders and names of threads, cgroups and network namespaces were "
      "left out or replaced");
}

}  // namespace socklock::analyzer
