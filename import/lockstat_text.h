// SPDX-License-Identifier: GPL-2.0-or-later
// What FreeBSD's lockstat(1) prints, as a program reads it (-p) and as people do, one lock and caller at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "import/freebsd_lockstat.h"

namespace socklock::imports {

// Events of one kind, lock and caller or stack.
struct LockstatRow {
  LockstatProbe probe = LockstatProbe::kAdaptiveSpin;
  bool reader = false;
  bool is_timed = true;
  std::uint64_t count = 0;
  std::uint64_t wait_ns = 0;
  std::string lock;
  std::vector<std::string> stack;        // innermost first: "tcp_usr_send+0x2a", "0xffffffff80502428"
  std::vector<std::uint64_t> histogram;  // [i]: of at least 2^i ns and less than 2^(i+1); empty: not known
};

// A line of lockstat -p; nothing where it is none, or of an event that is no wait.
std::optional<LockstatRow> parse_lockstat_line(const std::string& text);

// The tables for people, line by line.
class LockstatTables {
 public:
  // Whether the line is part of such a text.
  bool take_line(const std::string& text);
  // What has come so far and is complete; all of it after finish().
  std::vector<LockstatRow> take_rows();
  void finish() { end_row(); }

  [[nodiscard]] bool begun() const { return begun_; }
  [[nodiscard]] double seconds() const { return seconds_; }
  // Events of the tables' titles that no row has.
  [[nodiscard]] std::uint64_t missing() const { return announced_ > seen_ ? announced_ - seen_ : 0; }

 private:
  bool take_title(const std::string& text);
  bool take_row(const std::string& text);
  bool take_distribution(const std::string& text);
  void end_row();

  std::vector<LockstatRow> rows_;
  std::optional<LockstatRow> row_;       // that may go on
  std::optional<LockstatRow> of_table_;  // what rows of this table have in common; nothing: no waits
  bool begun_ = false, in_table_ = false;
  double seconds_ = 0;
  std::uint64_t announced_ = 0, seen_ = 0;
};

}  // namespace socklock::imports
