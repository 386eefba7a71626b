// SPDX-License-Identifier: GPL-2.0-or-later
// What was sent, what was refused, and what was seen and waits: a folder of the shipper's own. A line that was written
// is on the disk; a torn last line counts as not written, so the trace is sent again, which does no harm.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "base/result.h"

namespace socklock::fleet {

struct SeenTrace {
  std::string file;  // name in the folder
  std::uint64_t bytes = 0;
  std::string run_id;
};

class Ledger {
 public:
  // Makes the folder. Errors: it can't be written; another shipper uses it.
  static Result<Ledger> open(const std::string& folder);
  Ledger(Ledger&& other) noexcept;
  Ledger& operator=(Ledger&&) = delete;
  ~Ledger();

  [[nodiscard]] bool is_done(const SeenTrace& trace) const { return done_.contains(key_of(trace)); }
  [[nodiscard]] bool is_refused(const SeenTrace& trace) const { return refused_.contains(key_of(trace)); }
  Result<void> note_shipped(const SeenTrace& trace);
  Result<void> note_refused(const SeenTrace& trace, const std::string& reason);

  // Traces that are in the folder now and not done. Those that were among them before and neither are nor were done
  // are gone unsent: how many.
  Result<std::uint64_t> note_waiting(const std::set<std::string>& waiting, const std::set<std::string>& done_files);
  // Of how long rows are from now on, in seconds. Errors (usage): `again`, and they were of another length: what is
  // sent again would not replace them.
  Result<void> note_length(std::uint32_t row_s, bool again);
  // Sums over the ledger's life.
  [[nodiscard]] std::uint64_t shipped() const { return done_.size() - refused_.size(); }
  [[nodiscard]] std::uint64_t refused() const { return refused_.size(); }
  [[nodiscard]] std::uint64_t lost() const { return lost_; }
  [[nodiscard]] const std::string& folder() const { return folder_; }

 private:
  Ledger(std::string folder, int lock_fd) : folder_(std::move(folder)), lock_fd_(lock_fd) {}
  static std::string key_of(const SeenTrace& trace);
  Result<void> read(const std::string& name, std::set<std::string>& into);
  Result<void> append(const std::string& name, const std::string& line) const;
  Result<void> read_waiting();

  std::string folder_;
  int lock_fd_;
  std::set<std::string> done_, refused_;
  std::set<std::string> waiting_;
  std::uint64_t lost_ = 0;
};

}  // namespace socklock::fleet
