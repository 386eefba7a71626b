// SPDX-License-Identifier: GPL-2.0-or-later
// What a fleet's store keeps of a host: one row a host, minute (or hour) and trace, whole. It replaces itself by its
// key, so that sending it twice counts once, and work and waits can't come apart.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/load/work.h"

namespace socklock::fleet {

using Id16 = std::array<char, 16>;

// What waits are told apart by. Texts of a trace, made printable and cut to kMaxNameBytes.
struct Name {
  std::string lock_class;
  std::string role;
  std::string call_path;
  std::string context;
  std::string function;  // empty: no call stack; "[unnamed]": an address without a symbol
  std::string kind;      // "spin", "owner", ...
  auto operator<=>(const Name&) const = default;
};
inline constexpr std::size_t kMaxNameBytes = 255;

// XXH3-64 of the parts with NUL between: the same on every host.
std::uint64_t hash_of(const Name& name);

struct LockSum {
  std::uint64_t name = 0;  // hash_of()
  std::uint64_t contentions = 0;
  std::uint64_t gave_up = 0;
  std::uint64_t wait_ns = 0;
  std::uint64_t min_ns = 0;  // of waits whose length is known; 0: of none
  std::uint64_t max_ns = 0;

  void add(const LockSum& other);
};

struct Cell {
  std::uint64_t name = 0;
  std::uint16_t bucket = 0;  // base/wait_buckets.h
  std::uint64_t waits = 0;
};

struct Row {
  std::uint32_t time_s = 0;  // begin of the minute or hour, seconds since 1970, UTC
  std::string host;
  Id16 trace{};                  // hash of the trace's run id
  std::uint64_t covered_ns = 0;  // what of it the trace covers; an interval belongs to where its middle lies
  Id16 boot{};
  std::string kernel;
  std::string machine;
  std::string spinlock_mode;
  std::uint16_t cpus = 0;
  std::uint8_t level = 0;
  std::vector<std::string> labels;  // "group=canary", sorted
  analyzer::Work work;
  std::uint64_t lost_totals = 0;   // waits that are missing from sums
  std::uint64_t lost_details = 0;  // waits of which details are missing
  std::uint64_t recorder_cpu_ns = 0;
  std::uint64_t bpf_ns = 0;
  std::uint32_t taxonomy = 0;     // version of its rules
  std::uint32_t length_s = 60;    // from one row to the next: a minute, --every, or an hour
  std::uint64_t lost_traces = 0;  // of this host's, that went unsent from the folder so far
  std::vector<LockSum> locks;     // ascending names
  std::vector<Cell> cells;        // ascending names and buckets
};

// More in a row become the name "rest", the smallest by wait first; sums stay exact.
inline constexpr std::size_t kMaxLocks = 4096;
inline constexpr std::size_t kMaxCells = 65536;
// What of a row is "rest".
const Name& rest_name();

}  // namespace socklock::fleet
