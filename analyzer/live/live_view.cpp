// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/live/live_view.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

#include "analyzer/label/classify.h"
#include "analyzer/load/load_run.h"
#include "analyzer/measure/conditions.h"
#include "analyzer/measure/owners.h"
#include "base/text.h"
#include "base/units.h"

namespace socklock::analyzer {
namespace {

constexpr std::array kGroups{std::pair{LiveGroup::kClass, "class"},       std::pair{LiveGroup::kPath, "path"},
                             std::pair{LiveGroup::kFunction, "function"}, std::pair{LiveGroup::kProcess, "process"},
                             std::pair{LiveGroup::kCgroup, "cgroup"},     std::pair{LiveGroup::kNetns, "netns"},
                             std::pair{LiveGroup::kInstance, "instance"}, std::pair{LiveGroup::kHolder, "holder"}};
constexpr std::array kOrders{std::pair{SliceOrder::kWait, "wait"}, std::pair{SliceOrder::kContentions, "waits"},
                             std::pair{SliceOrder::kMax, "longest"}, std::pair{SliceOrder::kName, "name"}};
constexpr std::size_t kSparkColumns = 12;
constexpr std::size_t kFigureColumns = 8;
constexpr std::size_t kHeadLines = 4;  // above the rows; below them is one
constexpr std::size_t kKeptTicks = 60;
constexpr const char* kKeys = "q quit  s sort  g group  Enter only  x all  / find  space freeze  w save  h help";

// Of holders there are no single waits to divide by.
By by_of(LiveGroup group) {
  switch (group) {
    case LiveGroup::kPath: return By::kPath;
    case LiveGroup::kFunction: return By::kFunction;
    case LiveGroup::kProcess: return By::kProcess;
    case LiveGroup::kCgroup: return By::kCgroup;
    case LiveGroup::kNetns: return By::kNetns;
    case LiveGroup::kInstance: return By::kInstance;
    case LiveGroup::kClass:
    case LiveGroup::kHolder: break;
  }
  return By::kClass;
}

std::string holder_name(const OwnerDetail& detail) {
  std::string name = fmt::format("{} {}", detail.owner, name_of(detail.state));
  if (!detail.function.empty()) name += " in " + detail.function;
  if (!detail.root.empty()) name += ", waits for " + detail.root;
  return name;
}

void add(LiveRow& row, const WaitSums& sums) {
  row.waits += static_cast<double>(sums.contentions);
  row.wait_ns += static_cast<double>(sums.wait_ns);
  row.run_delay_ns += static_cast<double>(sums.run_delay_ns);
  row.max_ns = std::max(row.max_ns, static_cast<double>(sums.wait_max_ns));
}

// "▁▄█", or ".-#" where there is ASCII only: each of its own share of the largest.
std::string spark(const std::vector<double>& values, std::size_t columns, bool utf8) {
  static constexpr std::array<const char*, 9> kBlocks{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  static constexpr std::array<const char*, 9> kAscii{" ", ".", ".", ":", "-", "=", "+", "*", "#"};
  const double largest = values.empty() ? 0 : *std::max_element(values.begin(), values.end());
  std::string text(columns - std::min(columns, values.size()), ' ');
  for (std::size_t i = values.size() - std::min(columns, values.size()); i < values.size(); ++i) {
    const auto step = largest > 0 ? static_cast<std::size_t>(std::ceil(values[i] / largest * 8)) : 0;
    text += (utf8 ? kBlocks : kAscii)[std::min<std::size_t>(step, 8)];
  }
  return text;
}

std::string padded(const std::string& text, std::size_t columns) {
  const std::string shown = cut(text, columns);
  return shown + std::string(columns - std::min(columns, text_width(shown)), ' ');
}

std::string to_the_right(const std::string& text, std::size_t columns) {
  return std::string(columns - std::min(columns, text_width(text)), ' ') + text;
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
    text.replace(at, what.size(), with);
}

std::string in_ascii(std::string text) {
  replace_all(text, "µ", "u");
  replace_all(text, "…", "~");
  std::string ascii;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80)
      ascii += c;
    else if ((byte & 0xC0U) != 0x80U)
      ascii += '?';
  }
  return ascii;
}

std::string rate(double per_second) {
  return per_second < 10 ? format_number(per_second, 2) : format_count(std::round(per_second));
}

std::vector<std::string> help() {
  return {"s        sort by wait, waits, longest wait, name",
          "g, G     group by class, path, function, process, cgroup, network namespace,",
          "         lock, holder (of locks whose waiters sleep: what it does meanwhile)",
          "j, k     next row, row before; also the arrow keys",
          "Enter    only the waits of this row, in every group",
          "/        only rows whose name has a text",
          "x        all waits and rows again",
          "space    freeze, go on",
          "w        save the last seconds as a trace, for report, compare and the viewer",
          "q        quit",
          "",
          "WAIT/s: time that threads waited, in a second; 2.00 s: two threads all the time.",
          "CPU: what of it was for a CPU and not for the lock, where waiters sleep.",
          "",
          "h        back"};
}

bool is_less(const LiveRow& a, const LiveRow& b, SliceOrder order) {
  switch (order) {
    case SliceOrder::kContentions:
      if (a.waits != b.waits) return a.waits > b.waits;
      break;
    case SliceOrder::kMax:
      if (a.max_ns != b.max_ns) return a.max_ns > b.max_ns;
      break;
    case SliceOrder::kWait:
      if (a.wait_ns != b.wait_ns) return a.wait_ns > b.wait_ns;
      break;
    case SliceOrder::kName: break;
  }
  return a.name < b.name;
}

template <typename Table, typename Value>
Value behind(const Table& table, Value value, std::ptrdiff_t step) {
  const auto size = static_cast<std::ptrdiff_t>(table.size());
  for (std::ptrdiff_t i = 0; i < size; ++i)
    if (table[static_cast<std::size_t>(i)].first == value)
      return table[static_cast<std::size_t>((i + step + size) % size)].first;
  return value;
}

}  // namespace

std::string_view name_of(LiveGroup group) {
  return std::find_if(kGroups.begin(), kGroups.end(), [group](const auto& entry) { return entry.first == group; })
      ->second;
}

std::optional<LiveGroup> live_group_named(std::string_view name) {
  for (const auto& [group, group_name] : kGroups)
    if (name == group_name) return group;
  return std::nullopt;
}

std::vector<LiveGroup> live_groups() {
  std::vector<LiveGroup> groups;
  for (const auto& [group, name] : kGroups) groups.push_back(group);
  return groups;
}

LiveView::LiveView(const Taxonomy& taxonomy, Options options) : taxonomy_(taxonomy), options_(std::move(options)) {}

Result<void> LiveView::take(const TraceTail& tail) {
  if (is_frozen_) return {};
  // What came in long ago, or of a trace before, is not to be had any more.
  while (next_interval_ < tail.intervals() && !tail.keeps(next_interval_)) ++next_interval_;
  std::uint64_t first = next_interval_, covered_ns = 0;
  for (std::uint64_t i = first; i < tail.intervals(); ++i) {
    const auto span = tail.span(i);
    covered_ns += span.end_ns - span.begin_ns;
    const bool is_last = tail.has_ended() && i + 1 == tail.intervals();
    // An interval is a little longer or shorter than it is asked to be.
    if (covered_ns + options_.tick_ns / 10 < options_.tick_ns && !is_last) continue;
    SOCKLOCK_TRY(add_tick(tail, first, i + 1));
    first = i + 1;
    covered_ns = 0;
  }
  next_interval_ = first;
  return {};
}

// As a trace of its own, so that all that reads traces reads this.
Result<void> LiveView::add_tick(const TraceTail& tail, std::uint64_t first, std::uint64_t last) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);
  if (!file)
    return fail(
        {std::string("cannot make a temporary file: ") + std::strerror(errno), "", "set TMPDIR", ExitCode::kBadInput});
  SOCKLOCK_TRY(tail.write(first, last, fileno(file.get())));
  const std::string path = fmt::format("/dev/fd/{}", fileno(file.get()));
  Tick tick;
  tick.seconds = static_cast<double>(tail.span(last - 1).end_ns - tail.span(first).begin_ns) / 1e9;
  for (const auto& [source, to] :
       {std::pair{RowSource::kSummaries, &tick.sums}, std::pair{RowSource::kEvents, &tick.events}}) {
    SOCKLOCK_TRY_ASSIGN(Run run, load_run(path, {.source = source,
                                                 .min_wait_ns = options_.filter.min_wait_ns.value_or(0),
                                                 .cpus = options_.filter.cpu_choice()}));
    *to = label(std::move(run), taxonomy_);
  }
  ticks_.push_back(std::move(tick));
  if (ticks_.size() > kKeptTicks) ticks_.pop_front();
  return {};
}

LabelledRun LiveView::part(const Tick& tick) const {
  const bool from_events =
      options_.filter.needs_events() || options_.group == LiveGroup::kProcess || options_.group == LiveGroup::kCgroup;
  return filtered(from_events ? tick.events : tick.sums, taxonomy_, options_.filter);
}

std::map<std::string, LiveRow> LiveView::rows_of(const Tick& tick) const {
  std::map<std::string, LiveRow> rows;
  const LabelledRun run = part(tick);
  if (options_.group == LiveGroup::kHolder) {
    for (const OwnerDetail& detail : owner_details(run)) {
      LiveRow& row = rows[holder_name(detail)];
      row.waits += static_cast<double>(detail.waits);
      row.wait_ns += static_cast<double>(detail.wait_ns);
    }
    return rows;
  }
  for (const Slice& slice : break_down(run, taxonomy_, by_of(options_.group))) add(rows[slice.name], slice.stats.sums);
  return rows;
}

// The last ones that are together as long as figures are to be of.
std::vector<const LiveView::Tick*> LiveView::window() const {
  std::vector<const Tick*> ticks;
  double seconds = 0;
  for (auto tick = ticks_.rbegin(); tick != ticks_.rend() && seconds < static_cast<double>(options_.window_ns) / 1e9;
       ++tick) {
    ticks.push_back(&*tick);
    seconds += tick->seconds;
  }
  return ticks;
}

std::vector<LiveRow> LiveView::rows() const {
  const std::vector<const Tick*> in_window = window();
  std::map<std::string, LiveRow> all;
  double seconds = 0;
  const std::size_t shown = std::min(ticks_.size(), kSparkColumns);
  for (std::size_t i = ticks_.size() - shown; i < ticks_.size(); ++i) {
    const Tick& tick = ticks_[i];
    const bool is_in_window = std::find(in_window.begin(), in_window.end(), &tick) != in_window.end();
    if (is_in_window) seconds += tick.seconds;
    for (const auto& [name, of_tick] : rows_of(tick)) {
      LiveRow& row = all[name];
      row.history.resize(shown);
      row.history[i - (ticks_.size() - shown)] = of_tick.wait_ns / std::max(tick.seconds, 1e-9);
      if (!is_in_window) continue;
      row.waits += of_tick.waits;
      row.wait_ns += of_tick.wait_ns;
      row.run_delay_ns += of_tick.run_delay_ns;
      row.max_ns = std::max(row.max_ns, of_tick.max_ns);
    }
  }
  std::vector<LiveRow> rows;
  for (auto& [name, row] : all) {
    if (name.find(sought_) == std::string::npos) continue;
    row.name = name;
    for (double* const sum : {&row.waits, &row.wait_ns, &row.run_delay_ns}) *sum /= std::max(seconds, 1e-9);
    rows.push_back(std::move(row));
  }
  std::sort(rows.begin(), rows.end(),
            [this](const LiveRow& a, const LiveRow& b) { return is_less(a, b, options_.order); });
  return rows;
}

LiveTotals LiveView::totals() const {
  LiveTotals totals;
  double seconds = 0;
  for (const Tick* tick : window()) {
    const LabelledRun run = part(*tick);
    LiveRow row;
    for (const WaitSums& sums : run.run.waits.sums) add(row, sums);
    totals.waits += row.waits;
    totals.wait_ns += row.wait_ns;
    totals.run_delay_ns += row.run_delay_ns;
    totals.connections += static_cast<double>(run.run.work.connections_active);
    totals.lost += run.run.lost();
    seconds += tick->seconds;
  }
  for (double* const sum : {&totals.waits, &totals.wait_ns, &totals.run_delay_ns, &totals.connections})
    *sum /= std::max(seconds, 1e-9);
  return totals;
}

bool LiveView::knows_run_delay() const { return !ticks_.empty() && ticks_.back().sums.run.facts.knows_run_delay; }

void LiveView::group_by(LiveGroup group) {
  options_.group = group;
  selected_ = 0;
}

bool LiveView::show_only(const std::string& row) {
  if (options_.group == LiveGroup::kHolder) return false;
  options_.filter = both(options_.filter, only({std::string(name_of(options_.group)), row}));
  selected_ = 0;
  sought_.clear();
  return true;
}

void LiveView::show_all() {
  options_.filter = {};
  selected_ = 0;
  sought_.clear();
}

bool LiveView::filter_by_selected() {
  const std::vector<LiveRow> shown = rows();
  return selected_ < shown.size() && show_only(shown[selected_].name);
}

bool LiveView::press(int key) {
  switch (key) {
    case 's': options_.order = behind(kOrders, options_.order, 1); return true;
    case 'g': options_.group = behind(kGroups, options_.group, 1); break;
    case 'G': options_.group = behind(kGroups, options_.group, -1); break;
    case 'j':
    case kDown: selected_ = std::min(selected_ + 1, std::max<std::size_t>(rows().size(), 1) - 1); return true;
    case 'k':
    case kUp: selected_ -= selected_ > 0 ? 1 : 0; return true;
    case kEnter: return filter_by_selected();
    case 'x': show_all(); break;
    case ' ': is_frozen_ = !is_frozen_; return true;
    case 'h':
    case '?': shows_help_ = !shows_help_; return true;
    default: return false;
  }
  selected_ = 0;
  return true;
}

std::string LiveView::head(const std::string& source) const {
  return fmt::format("socklock top  {}  {}", source, is_frozen_ ? "[frozen]" : "");
}

std::string LiveView::figures() const {
  if (!has_rates()) return "";
  const LiveTotals sums = totals();
  std::string text = fmt::format("{} waits/s  {}/s of wait", rate(sums.waits), format_ns(sums.wait_ns));
  if (knows_run_delay())
    text +=
        fmt::format("  {} of it for a CPU", format_percent(sums.wait_ns > 0 ? sums.run_delay_ns / sums.wait_ns : 0));
  if (sums.connections > 0) text += fmt::format("  {} connections/s", rate(sums.connections));
  return text + fmt::format("  {} lost", format_count(static_cast<double>(sums.lost)));
}

std::string LiveView::table_row(const LiveRow& row, const LiveSize& size, double whole_ns) const {
  const std::size_t figures = 5 * (kFigureColumns + 1) + kSparkColumns + 1;
  const std::size_t name = size.columns > figures + 10 ? size.columns - figures : 10;
  const bool is_of_holders = options_.group == LiveGroup::kHolder;
  std::string text = padded(printable(row.name), name);
  for (const std::string& cell :
       {rate(row.waits), format_ns(row.wait_ns), format_percent(whole_ns > 0 ? row.wait_ns / whole_ns : 0),
        is_of_holders ? "" : format_ns(row.max_ns),
        is_of_holders || !knows_run_delay() ? ""
                                            : format_percent(row.wait_ns > 0 ? row.run_delay_ns / row.wait_ns : 0)})
    text += " " + to_the_right(cell, kFigureColumns);
  return text + " " + spark(row.history, kSparkColumns, size.utf8);
}

std::vector<LiveLine> LiveView::screen(const LiveSize& size, const std::string& source,
                                       const std::string& message) const {
  std::vector<LiveLine> lines;
  lines.push_back({head(source), true});
  lines.push_back({figures(), false});
  std::string asked = fmt::format("by {}, by {}", name_of(options_.group),
                                  std::find_if(kOrders.begin(), kOrders.end(), [this](const auto& entry) {
                                    return entry.first == options_.order;
                                  })->second);
  for (const std::string& text : condition_texts(options_.filter)) asked += "  [" + text + "]";
  if (!sought_.empty()) asked += "  /" + sought_;
  lines.push_back({asked, false});
  const std::size_t room = size.rows > kHeadLines + 1 ? size.rows - kHeadLines - 1 : 1;
  if (shows_help_) {
    lines.push_back({"", false});
    for (const std::string& text : help()) lines.push_back({text, false});
  } else {
    const std::size_t figures_columns = 5 * (kFigureColumns + 1) + kSparkColumns + 1;
    const std::size_t name = size.columns > figures_columns + 10 ? size.columns - figures_columns : 10;
    std::string titles = padded("", name);
    for (const char* title : {"WAITS/s", "WAIT/s", "SHARE", "LONGEST", "CPU"})
      titles += " " + to_the_right(title, kFigureColumns);
    lines.push_back({titles, true});
    const std::vector<LiveRow> shown = rows();
    double whole_ns = 0;
    for (const LiveRow& row : shown) whole_ns += row.wait_ns;
    const std::size_t selected = std::min(selected_, std::max<std::size_t>(shown.size(), 1) - 1);
    const std::size_t first = selected < room ? 0 : selected - room + 1;
    for (std::size_t i = first; i < shown.size() && i < first + room; ++i)
      lines.push_back({table_row(shown[i], size, whole_ns), i == selected});
    if (shown.empty()) lines.push_back({ticks_.empty() ? "Nothing was recorded yet." : "No waits.", false});
  }
  lines.resize(std::max<std::size_t>(size.rows, 2) - 1);
  lines.push_back({message.empty() ? kKeys : message, true});
  for (LiveLine& line : lines) line.text = padded(size.utf8 ? line.text : in_ascii(line.text), size.columns);
  if (!size.utf8)
    for (LiveLine& line : lines) line.text = in_ascii(line.text);
  return lines;
}

}  // namespace socklock::analyzer
