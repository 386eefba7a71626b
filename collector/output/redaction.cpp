// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/output/redaction.h"

#include <fmt/format.h>
#include <sys/random.h>
#include <xxhash.h>

#include <stdexcept>
#include <string_view>

namespace socklock::collector {

namespace {

// As the recorder names a function that has no symbol, code that the kernel compiled for BPF: "[0xffffffffc0000000]".
// The analyzer calls it what it is called here.
constexpr std::string_view kAddressPrefix = "[0x";
constexpr const char* kUnnamed = "[unnamed]";

}  // namespace

Redaction::Redaction(Redacted redacted) : redacted_(redacted) {
  // Never blocks for so few bytes once the machine has booted (getrandom(2)).
  if (redacted != Redacted::kNothing && getrandom(&salt_, sizeof salt_, 0) != sizeof salt_)
    throw std::runtime_error("no random numbers");
}

std::string Redaction::pseudonym(const char* kind, const std::string& name) const {
  return fmt::format("{}-{:08x}", kind,
                     static_cast<std::uint32_t>(XXH3_64bits_withSeed(name.data(), name.size(), salt_)));
}

std::uint64_t Redaction::pseudonym(std::uint64_t address) const {
  return address == 0 ? 0 : XXH3_64bits_withSeed(&address, sizeof address, salt_) | 1;
}

trace::v1::Header Redaction::applied(trace::v1::Header header) const {
  if (redacted_ == Redacted::kNothing) return header;
  for (auto& table : *header.mutable_hash_tables()) table.clear_address();
  if (redacted_ != Redacted::kAll) return header;
  auto& host = *header.mutable_host();
  host.set_name("(redacted)");
  host.clear_kernel_command_line();
  host.clear_boot_id();
  header.mutable_recorder()->clear_options();
  if (header.workload().argv_size() > 0) {
    header.mutable_workload()->clear_argv();
    header.mutable_workload()->add_argv("(redacted)");
  }
  if (!header.workload().filter().empty()) header.mutable_workload()->set_filter("(redacted)");
  header.mutable_recorder()->add_notes(
      "redacted: host name, command lines, boot id, names of threads, cgroups and network namespaces, and kernel "
      "addresses were left out or replaced");
  return header;
}

void Redaction::apply(trace::v1::Dictionary& dictionary) const {
  if (redacted_ == Redacted::kNothing) return;
  for (auto& function : *dictionary.mutable_functions())
    if (std::string_view(function.symbol()).starts_with(kAddressPrefix)) function.set_symbol(kUnnamed);
  for (auto& lock : *dictionary.mutable_locks()) {
    lock.set_address(pseudonym(lock.address()));
    lock.set_object(pseudonym(lock.object()));
  }
  if (redacted_ != Redacted::kAll) return;
  for (auto& thread : *dictionary.mutable_threads()) thread.set_comm(pseudonym("thread", thread.comm()));
  for (auto& cgroup : *dictionary.mutable_cgroups())
    if (cgroup.path().size() > 1) cgroup.set_path("/" + pseudonym("cgroup", cgroup.path()));
  for (auto& netns : *dictionary.mutable_network_namespaces())
    if (netns.name() != "host") netns.set_name(pseudonym("netns", netns.name()));
  for (auto& lock : *dictionary.mutable_locks()) lock.clear_addresses();
}

}  // namespace socklock::collector
