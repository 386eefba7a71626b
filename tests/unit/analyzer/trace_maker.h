// SPDX-License-Identifier: GPL-2.0-or-later
// Traces of a few waits whose every figure is known, written by the real writer.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "proto/rows.h"
#include "socklock/trace/v1/dictionary.pb.h"
#include "socklock/trace/v1/header.pb.h"
#include "socklock/trace/v1/interval.pb.h"
#include "tests/support/temporary_folder.h"

namespace socklock::analyzer::testing {

using Symbols = std::vector<std::string>;  // of a call stack, innermost first

struct MadeWait {
  std::uint32_t lock = 0;
  std::uint32_t stack = 0;
  std::vector<std::uint64_t> waits_ns{};
  std::uint8_t flags = 1;    // spin
  std::uint8_t context = 0;  // v1::Context
  std::uint16_t syscall = 0;
  std::uint32_t stack_weight = 0;  // for how many others each of the waits stands
  std::uint32_t thread = 1;
  std::uint64_t run_delay_ns = 0;  // of each wait
  std::uint16_t cpu = 0;
};

struct MadeInterval {
  std::vector<MadeWait> waits{};
  std::vector<trace::CallRow> calls{};  // functions by function()
  std::vector<trace::HoldRow> holds{};
  std::vector<trace::HeldLockRow> held_locks{};
  std::vector<trace::HolderRow> holders{};
  std::vector<trace::OwnerRow> owners{};
  std::uint64_t connections_active = 0;
  std::uint64_t send_operations = 0;
  std::uint64_t segments_received = 0;
  bool operations_stopped = false;
  std::uint64_t lost = 0;
};

// Ids are handed out as they come; an interval lasts one second.
class TraceMaker {
 public:
  TraceMaker();
  std::uint32_t stack(const Symbols& symbols);
  std::uint32_t function(const std::string& symbol);
  // As the recorder says of a function of level 2; with a reason: refused.
  void probe(const std::string& function, const std::string& reason = "");
  std::uint32_t table_lock(const std::string& table, std::uint32_t index, std::uint64_t netns_inode = 1);
  std::uint32_t slab_lock(const std::string& cache, const std::string& member);
  std::uint32_t lock(trace::v1::Lock lock);
  // Thread 1 is "server", in no cgroup that is known.
  std::uint32_t thread(std::uint32_t pid, const std::string& comm, const std::string& cgroup_path);
  void name_namespace(std::uint64_t inode, const std::string& name);
  void add(MadeInterval interval) { intervals_.push_back(std::move(interval)); }

  trace::v1::Header header;

  // With `footer` false: as if the recorder was killed.
  void write(const std::string& path, bool footer = true) const;

 private:
  trace::v1::Dictionary dictionary_;
  std::map<std::string, std::uint32_t> functions_;
  std::vector<MadeInterval> intervals_;
};

using Folder = socklock::testing::TemporaryFolder;

// One run of `intervals` seconds with waits for an ehash lock on the input path: `wait_ns` for each of
// `connections` in a second.
void write_ehash_run(const std::string& path, std::uint64_t wait_ns, std::uint64_t connections = 100, int intervals = 1,
                     const std::string& label = "");

}  // namespace socklock::analyzer::testing
