// SPDX-License-Identifier: GPL-2.0-or-later
// Addresses to slab objects and to the TCP tables, by programs that user space runs in the kernel.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "collector/bpf/wire.h"

struct resolve_bpf;

namespace socklock::collector {

class SlabObjects {
 public:
  // Errors: the kernel lacks bpf_get_kmem_cache() (before 6.13), or refuses the programs.
  static Result<SlabObjects> load();

  SlabObjects(SlabObjects&&) noexcept;
  SlabObjects& operator=(SlabObjects&&) noexcept;
  ~SlabObjects();

  // One answer per address, in order; `cache` is 0 where no slab object is.
  std::vector<socklock_object_query> find(const std::vector<std::uint64_t>& addresses);

  // The tables of the recorder's own network namespace; `hashinfo` is 0 where they could not be read.
  socklock_hash_tables own_tables();

 private:
  struct Free {
    void operator()(resolve_bpf* value) const;
  };
  explicit SlabObjects(resolve_bpf* programs);
  std::unique_ptr<resolve_bpf, Free> programs_;
};

// Caches that SLUB merged share a folder under /sys/kernel/slab: from each name to all names of its
// group, itself included. Empty where the folder can't be read.
std::map<std::string, std::vector<std::string>> read_slab_aliases(const std::string& folder = "/sys/kernel/slab");

}  // namespace socklock::collector
