// SPDX-License-Identifier: GPL-2.0-or-later
// What the ids of a run stand for. Facts only: what a lock protects is the taxonomy's to say.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "analyzer/load/ids.h"

namespace socklock::analyzer {

struct Function {
  std::string symbol;  // compiler suffixes kept, for show
  std::string module;  // empty: the kernel proper
};

// "symbol", or "symbol [module]"; "(not known)" of entry 0. The one name that a function has, wherever it is shown,
// compared or filtered by.
std::string display_name(const Function& function);

struct Stack {
  std::vector<FunctionId> frames;  // innermost first
  bool truncated = false;          // deeper than the recorder walks
};

enum class FactKind : std::uint8_t { kUnresolved, kTable, kSlab, kSymbol, kPerCpu, kOwner };

// A slab cache and, where the kernel's type information has it, the path of the lock's member.
struct SlabPlace {
  std::string cache;
  std::string member;
};

struct LockFacts {
  std::uint64_t address = 0;  // 0: unknown
  FactKind kind = FactKind::kUnresolved;
  std::string table;
  std::uint32_t index = 0;        // bucket, or CPU
  std::uint64_t netns_inode = 0;  // network namespace of the table, or of the TCP socket; 0: not known
  SlabPlace place;
  std::vector<SlabPlace> aliases;  // what else a merged cache may hold
  std::uint32_t offset_bytes = 0;
  std::string symbol;
  std::uint64_t object = 0;      // address of the slab object, 0: in none
  std::uint16_t local_port = 0;  // of the TCP socket that the lock is in, 0: not known
  bool listens = false;          // that socket is a listener
  std::string addresses;         // "local:port remote:port" where they were recorded
};

struct Thread {
  std::uint32_t tid = 0;
  std::uint32_t pid = 0;
  std::string comm;
  CgroupId cgroup = kNoCgroup;
};

// Of cgroup v2.
struct Cgroup {
  std::string path;                  // from the root of the hierarchy; empty: not known
  std::string name = "(not known)";  // cgroup_name() of the path
};

struct Dictionaries;
// "host", "blue" or "net:[4026532286]"; "(none)": the lock is of none, or it is not known of which.
std::string namespace_name(const Dictionaries& dictionaries, const LockFacts& lock);

// Entry 0 of each is "not known"; every id in a Run is below the size of its vector.
struct Dictionaries {
  std::vector<Function> functions{Function{}};
  std::vector<Stack> stacks{Stack{}};
  std::vector<LockFacts> locks{LockFacts{}};
  std::vector<Thread> threads{Thread{}};
  std::vector<Cgroup> cgroups{Cgroup{}};
  std::map<std::uint64_t, std::string> namespaces;  // names of network namespaces by inode, where they have one

  [[nodiscard]] const Function& at(FunctionId id) const { return functions[index_of(id)]; }
  [[nodiscard]] const Stack& at(StackId id) const { return stacks[index_of(id)]; }
  [[nodiscard]] const LockFacts& at(LockId id) const { return locks[index_of(id)]; }
  [[nodiscard]] const Thread& at(ThreadId id) const { return threads[index_of(id)]; }
  [[nodiscard]] const Cgroup& at(CgroupId id) const { return cgroups[index_of(id)]; }
};

}  // namespace socklock::analyzer
