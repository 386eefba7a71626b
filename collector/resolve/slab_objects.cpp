// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/resolve/slab_objects.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "collector/kernel/refusal.h"
#include "resolve.skel.h"

namespace socklock::collector {
namespace {

bool run(const bpf_program* program) {
  bpf_test_run_opts options{};
  options.sz = sizeof options;
  return bpf_prog_test_run_opts(bpf_program__fd(program), &options) == 0;
}

}  // namespace

SlabObjects::SlabObjects(resolve_bpf* programs) : programs_(programs) {}
SlabObjects::SlabObjects(SlabObjects&&) noexcept = default;
SlabObjects& SlabObjects::operator=(SlabObjects&&) noexcept = default;
SlabObjects::~SlabObjects() = default;

void SlabObjects::Free::operator()(resolve_bpf* value) const { resolve_bpf__destroy(value); }

Result<SlabObjects> SlabObjects::load() {
  resolve_bpf* programs = resolve_bpf__open_and_load();
  if (!programs) {
    Error error = refusal(errno, "the kernel does not tell which slab object is at an address");
    error.where = "bpf_get_kmem_cache()";
    if (error.exit_code == ExitCode::kKernelLacks) error.hint = "Linux 6.13 or later has it";
    return fail(std::move(error));
  }
  return SlabObjects(programs);
}

std::vector<socklock_object_query> SlabObjects::find(const std::vector<std::uint64_t>& addresses) {
  std::vector<socklock_object_query> answers(addresses.size());
  for (std::size_t first = 0; first < addresses.size(); first += SOCKLOCK_QUERIES) {
    const std::size_t count = std::min<std::size_t>(SOCKLOCK_QUERIES, addresses.size() - first);
    for (std::size_t i = 0; i < count; ++i) programs_->bss->queries[i].address = addresses[first + i];
    programs_->bss->query_count = static_cast<__u32>(count);
    if (!run(programs_->progs.resolve_objects)) continue;
    std::copy_n(programs_->bss->queries, count, answers.begin() + static_cast<std::ptrdiff_t>(first));
  }
  return answers;
}

socklock_hash_tables SlabObjects::own_tables() {
  if (!run(programs_->progs.read_own_tables)) return {};
  return programs_->bss->own_tables;
}

std::map<std::string, std::vector<std::string>> read_slab_aliases(const std::string& folder) {
  std::map<std::string, std::vector<std::string>> by_target;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename();
    std::error_code no_link;
    const auto target = std::filesystem::read_symlink(entry->path(), no_link);
    by_target[no_link ? name : target.filename().string()].push_back(name);
  }
  std::map<std::string, std::vector<std::string>> groups;
  for (auto& [target, names] : by_target) {
    // ":A-0001152" is SLUB's name for a merged group, not a cache.
    names.erase(std::remove_if(names.begin(), names.end(), [](const auto& name) { return name.starts_with(':'); }),
                names.end());
    std::sort(names.begin(), names.end());
    for (const auto& name : names) groups[name] = names;
  }
  return groups;
}

}  // namespace socklock::collector
