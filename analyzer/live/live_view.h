// SPDX-License-Identifier: GPL-2.0-or-later
// What `socklock top` shows: rates of the last seconds, a row a class, path, cgroup or holder, and how they went. No
// terminal here: keys come in, lines of text go out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/label/labelled_run.h"
#include "analyzer/live/trace_tail.h"
#include "analyzer/measure/breakdown.h"
#include "analyzer/measure/filter.h"
#include "analyzer/taxonomy/taxonomy.h"
#include "base/result.h"

namespace socklock::analyzer {

// Rows are of one of these; holders are of locks whose waiters sleep.
enum class LiveGroup { kClass, kPath, kFunction, kProcess, kCgroup, kNetns, kInstance, kHolder };
std::string_view name_of(LiveGroup group);
std::optional<LiveGroup> live_group_named(std::string_view name);
// All that there are, in the order in which keys go through them.
std::vector<LiveGroup> live_groups();

struct LiveRow {
  std::string name;
  double waits = 0;             // a second
  double wait_ns = 0;           // a second
  double run_delay_ns = 0;      // of it, for a CPU
  double max_ns = 0;            // of one wait
  std::vector<double> history;  // wait_ns a second, by tick, the last one last
};

struct LiveTotals {
  double waits = 0, wait_ns = 0, run_delay_ns = 0, connections = 0;  // a second
  std::uint64_t lost = 0;
};

struct LiveLine {
  std::string text;  // UTF-8, as wide as the screen at most
  bool is_reversed = false;
};

struct LiveSize {
  std::size_t rows = 24, columns = 80;
  bool utf8 = true;  // else the screen is ASCII
};

class LiveView {
 public:
  struct Options {
    std::uint64_t window_ns = 5'000'000'000;  // that figures are of
    std::uint64_t tick_ns = 1'000'000'000;    // of a step of the history
    Filter filter = {};
    LiveGroup group = LiveGroup::kClass;
    SliceOrder order = SliceOrder::kWait;
  };
  LiveView(const Taxonomy& taxonomy, Options options);

  // Takes in what the tail has read. Errors: memory for it, or the tail's own.
  Result<void> take(const TraceTail& tail);

  // 's' sort, 'g' and 'G' group, up and down 'k' 'j', Enter: only the row's waits, 'x' all again, ' ' freeze, 'h' help.
  // False: the key means nothing here.
  bool press(int key);
  // Rows are of this from now on, of what came in until now, too.
  void group_by(LiveGroup group);
  // Only the waits of the row of that name, in every group. False: holders have no single waits.
  bool show_only(const std::string& row);
  void show_all();
  [[nodiscard]] const Filter& filter() const { return options_.filter; }
  // Whether a whole tick was recorded yet: without one rows() and totals() are of nothing.
  [[nodiscard]] bool has_rates() const { return !ticks_.empty(); }
  [[nodiscard]] bool knows_run_delay() const;
  // Rows whose name has it; empty: all.
  void find(const std::string& text) { sought_ = text; }

  [[nodiscard]] std::vector<LiveRow> rows() const;
  [[nodiscard]] LiveTotals totals() const;
  // `source`: what is watched; `message` stands where the keys are explained, if it is not empty.
  [[nodiscard]] std::vector<LiveLine> screen(const LiveSize& size, const std::string& source,
                                             const std::string& message = "") const;
  [[nodiscard]] bool is_frozen() const { return is_frozen_; }

  static constexpr int kUp = 1, kDown = 2, kEnter = '\n';

 private:
  struct Tick {
    double seconds = 0;
    LabelledRun sums, events;  // rows from summaries, which have all waits, and from single events
  };
  Result<void> add_tick(const TraceTail& tail, std::uint64_t first, std::uint64_t last);
  [[nodiscard]] std::map<std::string, LiveRow> rows_of(const Tick& tick) const;
  [[nodiscard]] std::vector<const Tick*> window() const;
  [[nodiscard]] LabelledRun part(const Tick& tick) const;
  [[nodiscard]] std::string head(const std::string& source) const;
  [[nodiscard]] std::string figures() const;
  [[nodiscard]] std::string table_row(const LiveRow& row, const LiveSize& size, double whole_ns) const;
  bool filter_by_selected();

  const Taxonomy& taxonomy_;
  Options options_;
  std::deque<Tick> ticks_;
  std::uint64_t next_interval_ = 0;
  std::string sought_;
  std::size_t selected_ = 0;
  bool is_frozen_ = false, shows_help_ = false;
};

}  // namespace socklock::analyzer
