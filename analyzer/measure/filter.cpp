// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/measure/filter.h"

#include <algorithm>
#include <array>
#include <utility>

#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/label/load_events.h"
#include "analyzer/measure/conditions.h"
#include "analyzer/measure/timeline.h"

namespace socklock::analyzer {
namespace {

constexpr std::uint32_t kLeftOut = UINT32_MAX;

bool is_class(const LockClass& lock_class, const Filter& filter) {
  return (!filter.role || lock_class.role == *filter.role) &&
         (!filter.lock_class || lock_class.name == *filter.lock_class);
}

bool is_named(const Thread& thread, const std::string& process) {
  return command_name(thread) == process || process_name(thread) == process;
}

bool is_thread(const Thread& thread, const std::string& sought) {
  return sought == std::to_string(thread.tid) || sought == thread_name(thread);
}

bool is_in(const Cgroup& cgroup, const std::string& sought) {
  const std::string& path = cgroup.path;
  return cgroup.name == sought || path == sought ||
         (sought.starts_with('/') && path.starts_with(sought) && (sought.size() == 1 || path[sought.size()] == '/'));
}

// Whether the condition is one of threads, which summaries do not have.
bool is_of_threads(const Condition& condition) {
  return condition.kind == "process" || condition.kind == "thread" || condition.kind == "cgroup";
}

bool is_of_cpus(const Condition& condition) { return condition.kind == "cpu"; }

// For each thread whether it meets what is asked of threads; empty: nothing is.
std::vector<bool> threads_meeting(const Dictionaries& dictionaries, const Filter& filter) {
  std::vector<bool> meeting;
  if (!filter.process && !filter.thread && !filter.cgroup) return meeting;
  for (const Thread& thread : dictionaries.threads)
    meeting.push_back((!filter.process || is_named(thread, *filter.process)) &&
                      (!filter.thread || is_thread(thread, *filter.thread)) &&
                      (!filter.cgroup || is_in(dictionaries.at(thread.cgroup), *filter.cgroup)));
  return meeting;
}

// Decides row by row, with what is asked of stacks and names worked out once: whether every condition is met.
class RowConditions {
 public:
  RowConditions(const LabelledRun& run, const Taxonomy& taxonomy, Filter filter)
      : run_(run),
        taxonomy_(taxonomy),
        filter_(std::move(filter)),
        names_(run.run.dictionaries),
        is_thread_(threads_meeting(run.run.dictionaries, filter_)) {
    const Dictionaries& dictionaries = run.run.dictionaries;
    if (!filter_.frame) return;
    std::vector<bool> is_sought;
    for (const Function& function : dictionaries.functions)
      is_sought.push_back(display_name(function) == *filter_.frame);
    for (const Stack& stack : dictionaries.stacks)
      has_frame_.push_back(std::any_of(stack.frames.begin(), stack.frames.end(),
                                       [&](FunctionId id) { return is_sought[index_of(id)]; }));
  }

  [[nodiscard]] bool keeps(std::size_t row) const {
    const WaitLabels& labels = run_.labels[row];
    const WaitKey& key = run_.run.waits.keys[row];
    if (!is_class(taxonomy_.at(labels.lock_class), filter_)) return false;
    if (filter_.path && labels.path != *filter_.path) return false;
    if (filter_.context && name_of(labels.context) != *filter_.context) return false;
    if (filter_.frame && !has_frame_[index_of(key.stack)]) return false;
    if (!is_thread_.empty() && !is_thread_[index_of(key.thread)]) return false;
    return is_slice(By::kFunction, filter_.function, row) && is_slice(By::kInstance, filter_.instance, row) &&
           is_slice(By::kNetns, filter_.netns, row);
  }

  // Whether waits for a holder or an owner meet what is known of them: not function, process, thread and context.
  template <typename Sum, typename Labels>
  [[nodiscard]] bool keeps(const Sum& sum, const Labels& labels) const {
    const LockClass& lock_class = taxonomy_.at(labels.lock_class);
    if (!is_class(lock_class, filter_) || (filter_.path && labels.waiter != *filter_.path)) return false;
    if (filter_.frame && !has_frame_[index_of(sum.stack)]) return false;
    const LockFacts& lock = run_.run.dictionaries.at(sum.lock);
    if (filter_.netns && namespace_name(run_.run.dictionaries, lock) != *filter_.netns) return false;
    return !filter_.instance || names_.name(run_.run.dictionaries.at(sum.lock), lock_class) == *filter_.instance;
  }

 private:
  [[nodiscard]] bool is_slice(By by, const std::optional<std::string>& name, std::size_t row) const {
    return !name || slice_of(run_, taxonomy_, names_, by, row).name == *name;
  }

  const LabelledRun& run_;
  const Taxonomy& taxonomy_;
  const Filter filter_;
  InstanceNames names_;
  std::vector<bool> has_frame_;  // by StackId
  std::vector<bool> is_thread_;  // by ThreadId
};

Filter without_left_out(Filter filter) {
  filter.left_out.clear();
  return filter;
}

class RowFilter {
 public:
  RowFilter(const LabelledRun& run, const Taxonomy& taxonomy, const Filter& filter)
      : kept_(run, taxonomy, without_left_out(filter)) {
    // Rows have no CPU: what is asked of CPUs was asked of their events.
    for (const Condition& condition : filter.left_out)
      if (!is_of_cpus(condition)) left_out_.emplace_back(run, taxonomy, only(condition));
  }

  [[nodiscard]] bool keeps(std::size_t row) const {
    return kept_.keeps(row) && std::none_of(left_out_.begin(), left_out_.end(),
                                            [row](const RowConditions& conditions) { return conditions.keeps(row); });
  }
  template <typename Sum, typename Labels>
  [[nodiscard]] bool keeps(const Sum& sum, const Labels& labels) const {
    return kept_.keeps(sum, labels) &&
           std::none_of(left_out_.begin(), left_out_.end(),
                        [&](const RowConditions& conditions) { return conditions.keeps(sum, labels); });
  }

 private:
  RowConditions kept_;
  std::vector<RowConditions> left_out_;
};

void keep_interval_waits(Run& run, const std::vector<std::uint32_t>& new_row) {
  std::vector<IntervalWait> kept;
  for (Interval& interval : run.intervals) {
    const std::size_t first = kept.size();
    for (const IntervalWait& wait : run.waits_of(interval))
      if (new_row[wait.row] != kLeftOut) kept.push_back({new_row[wait.row], wait.contentions, wait.wait_ns});
    interval.first_wait = first;
    interval.wait_count = kept.size() - first;
  }
  run.interval_waits = std::move(kept);
}

// The condition, if any, that calls of functions were not counted by, or that holders were not.
std::string not_counted_by(const Filter& filter, bool are_holders) {
  for (const Condition& condition : conditions(filter)) {
    static constexpr std::array kOfWaits{"function", "process", "thread", "cgroup", "context", "wait", "cpu"};
    static constexpr std::array kOfLocks{"stack", "instance", "netns"};
    const auto is_one = [&](const char* kind) { return condition.kind == kind; };
    if (std::any_of(kOfWaits.begin(), kOfWaits.end(), is_one)) return condition.kind;
    if (!are_holders && std::any_of(kOfLocks.begin(), kOfLocks.end(), is_one)) return condition.kind;
  }
  return "";
}

bool is_path_kept(CallPath path, const Filter& filter) {
  return (!filter.path || path == *filter.path) &&
         std::none_of(filter.left_out.begin(), filter.left_out.end(),
                      [path](const Condition& condition) { return only(condition).path == path; });
}

template <typename Row>
void keep_paths(std::vector<Row>& rows, const Run& run, const Taxonomy& taxonomy, const Filter& filter) {
  rows.erase(std::remove_if(rows.begin(), rows.end(),
                            [&](const Row& row) {
                              const std::string& symbol = run.dictionaries.at(row.function).symbol;
                              return !is_path_kept(taxonomy.path_of_call(std::string(without_compiler_suffix(symbol)),
                                                                         row.on, row.syscall, run.facts.host.machine),
                                                   filter);
                            }),
             rows.end());
}

// What was counted by function, and so knows its class and call path and nothing else of a wait.
void keep_calls(Run& run, const Taxonomy& taxonomy, const Filter& filter) {
  const auto is_of_path = [](const Condition& condition) { return condition.kind == "path"; };
  if (filter.path || std::any_of(filter.left_out.begin(), filter.left_out.end(), is_of_path)) {
    keep_paths(run.calls, run, taxonomy, filter);
    keep_paths(run.holds, run, taxonomy, filter);
  }
  const std::string kind = not_counted_by(filter, false);
  if (kind.empty()) return;
  run.calls.clear();
  run.holds.clear();
  for (ProbeFacts& probe : run.facts.probes) {
    if (!probe.attached || !(probe.counts_calls || probe.measures_holds)) continue;
    probe.attached = false;
    probe.reason = "not recorded by " + kind + ", which the filter asks for";
  }
}

void keep_holders(LabelledRun& part, const RowFilter& rows, const Filter& filter) {
  const std::vector<HolderSum> sums = std::exchange(part.run.holders, {});
  const std::vector<HolderLabels> labels = std::exchange(part.holders, {});
  if (!not_counted_by(filter, true).empty()) return;
  for (std::size_t row = 0; row < sums.size(); ++row) {
    if (!rows.keeps(sums[row], labels[row])) continue;
    part.run.holders.push_back(sums[row]);
    part.holders.push_back(labels[row]);
  }
}

// Of what is known of them; not by thread or length of the wait, as holders.
void keep_owners(LabelledRun& part, const RowFilter& rows, const Filter& filter) {
  const std::vector<OwnerSum> sums = std::exchange(part.run.owners, {});
  const std::vector<OwnerLabels> labels = std::exchange(part.owners, {});
  if (!not_counted_by(filter, true).empty()) return;
  for (std::size_t row = 0; row < sums.size(); ++row) {
    if (!rows.keeps(sums[row], labels[row])) continue;
    part.run.owners.push_back(sums[row]);
    part.owners.push_back(labels[row]);
  }
}

}  // namespace

bool Filter::selects_rows() const {
  Filter rows = *this;
  rows.range.reset();
  rows.range_after.reset();
  rows.min_wait_ns.reset();
  rows.cpus.reset();
  std::erase_if(rows.left_out, is_of_cpus);
  return !rows.is_empty();
}

bool Filter::needs_events() const {
  return process || thread || cgroup || min_wait_ns || !cpu_choice().is_all() ||
         std::any_of(left_out.begin(), left_out.end(), is_of_threads);
}

CpuChoice Filter::cpu_choice() const {
  CpuChoice choice{cpus, {}};
  for (const Condition& condition : left_out) {
    if (!is_of_cpus(condition)) continue;
    const CpuNumbers more = cpus_named(condition.value).value_or(CpuNumbers{});
    choice.left_out.insert(choice.left_out.end(), more.begin(), more.end());
  }
  std::sort(choice.left_out.begin(), choice.left_out.end());
  return choice;
}

std::vector<bool> rows_meeting(const LabelledRun& run, const Taxonomy& taxonomy, const Filter& filter) {
  const RowFilter rows(run, taxonomy, filter);
  std::vector<bool> meeting(run.labels.size());
  for (std::size_t row = 0; row < meeting.size(); ++row) meeting[row] = rows.keeps(row);
  return meeting;
}

namespace {

// By ThreadId, whether the conditions of threads are met; empty: there are none. They are taken out of `filter`, for
// kinds of waits have no thread.
std::vector<bool> take_threads(Filter& filter, const Dictionaries& dictionaries) {
  std::vector<bool> kept = threads_meeting(dictionaries, filter);
  for (const Condition& condition : filter.left_out) {
    if (!is_of_threads(condition)) continue;
    const std::vector<bool> left_out = threads_meeting(dictionaries, only(condition));
    kept.resize(left_out.size(), true);
    for (std::size_t i = 0; i < kept.size(); ++i) kept[i] = kept[i] && !left_out[i];
  }
  filter.process.reset();
  filter.thread.reset();
  filter.cgroup.reset();
  std::erase_if(filter.left_out, is_of_threads);
  return kept;
}

}  // namespace

std::vector<std::uint32_t> events_meeting(const EventTable& events, const Taxonomy& taxonomy, Filter filter) {
  const std::vector<bool> of_thread = take_threads(filter, events.dictionaries());
  const std::uint64_t min_wait_ns = filter.min_wait_ns.value_or(0);
  const CpuChoice cpus = filter.cpu_choice();
  const std::vector<bool> kinds = rows_meeting(*events.kinds, taxonomy, filter);
  const auto meets = [&](std::size_t event) {
    return kinds[events.kind[event]] && events.wait_ns[event] >= min_wait_ns &&
           (cpus.is_all() || cpus.keeps(events.cpu[event])) &&
           (of_thread.empty() || of_thread[index_of(events.thread[event])]);
  };
  // Counted first: of millions of events a list that grows would take twice the memory.
  std::size_t count = 0;
  for (std::size_t event = 0; event < events.size(); ++event) count += meets(event) ? 1U : 0U;
  std::vector<std::uint32_t> meeting;
  meeting.reserve(count);
  for (std::size_t event = 0; event < events.size(); ++event)
    if (meets(event)) meeting.push_back(static_cast<std::uint32_t>(event));
  return meeting;
}

namespace {

// Adds a row without waits, for the estimates' sake: with the labels of one of the whole, whose thread was left out.
std::uint32_t add_empty_row(const LabelledRun& run, std::size_t row, LabelledRun& part) {
  WaitTable& waits = part.run.waits;
  waits.keys.push_back(run.run.waits.keys[row]);
  waits.sums.emplace_back();
  waits.samples.emplace_back();
  waits.first_cell.push_back(waits.cells.size());
  part.labels.push_back(run.labels[row]);
  return static_cast<std::uint32_t>(waits.size() - 1);
}

void keep_estimates(const LabelledRun& run, const Taxonomy& taxonomy, Filter filter, std::vector<std::uint32_t> new_row,
                    LabelledRun& part) {
  const std::vector<bool> of_thread = take_threads(filter, run.run.dictionaries);
  const RowFilter by_labels(run, taxonomy, filter);
  PartRows rows;
  rows.row_of = [&](std::uint32_t row) -> std::optional<std::uint32_t> {
    if (!by_labels.keeps(row)) return std::nullopt;
    if (new_row[row] == kLeftOut) new_row[row] = add_empty_row(run, row, part);
    return new_row[row];
  };
  if (!of_thread.empty()) rows.has_thread = [&](ThreadId thread) { return of_thread[index_of(thread)]; };
  part.sampling = part_of(run.sampling, rows);
}

}  // namespace

LabelledRun filtered(const LabelledRun& run, const Taxonomy& taxonomy, const Filter& filter) {
  LabelledRun part = run;
  const bool are_all_counted = not_counted_by(filter, false).empty();
  if (!filter.selects_rows() && are_all_counted) return part;
  keep_calls(part.run, taxonomy, filter);
  const RowFilter rows(run, taxonomy, filter);
  keep_holders(part, rows, filter);
  keep_owners(part, rows, filter);
  const WaitTable& all = run.run.waits;
  WaitTable kept;
  part.labels.clear();
  std::vector<std::uint32_t> new_row(all.size(), kLeftOut);
  kept.first_cell.push_back(0);
  for (std::size_t row = 0; row < all.size(); ++row) {
    if (!rows.keeps(row)) continue;
    new_row[row] = static_cast<std::uint32_t>(kept.size());
    kept.keys.push_back(all.keys[row]);
    kept.sums.push_back(all.sums[row]);
    kept.samples.push_back(all.samples[row]);
    const auto cells = all.cells_of(row);
    kept.cells.insert(kept.cells.end(), cells.begin(), cells.end());
    kept.first_cell.push_back(kept.cells.size());
    part.labels.push_back(run.labels[row]);
  }
  part.run.waits = std::move(kept);
  keep_interval_waits(part.run, new_row);
  keep_estimates(run, taxonomy, filter, std::move(new_row), part);
  return part;
}

std::vector<LabelledRun> filtered(const std::vector<LabelledRun>& runs, const Taxonomy& taxonomy,
                                  const Filter& filter) {
  std::vector<LabelledRun> parts;
  for (const LabelledRun& run : runs) parts.push_back(filtered(run, taxonomy, filter));
  return parts;
}

Taxonomy rules_meeting(Taxonomy taxonomy, const Filter& filter) {
  const auto is_kept = [&](ClassId id) {
    const LockClass& lock_class = taxonomy.at(id);
    return is_class(lock_class, filter) &&
           std::none_of(filter.left_out.begin(), filter.left_out.end(), [&lock_class](const Condition& condition) {
             return (condition.kind == "class" || condition.kind == "role") && is_class(lock_class, only(condition));
           });
  };
  const auto leave_out = [&](auto& rules) {
    rules.erase(std::remove_if(rules.begin(), rules.end(), [&](const auto& rule) { return !is_kept(rule.lock_class); }),
                rules.end());
  };
  leave_out(taxonomy.acquisitions);
  leave_out(taxonomy.holds);
  return taxonomy;
}

Filter with_whole_intervals(Filter filter, const std::vector<LabelledRun>& before,
                            const std::vector<LabelledRun>& after) {
  const auto widen = [](TimeRange& range, const TimeRange& asked, const std::vector<LabelledRun>& runs) {
    const TimeRange whole = whole_intervals(runs, asked);
    range.begin_ns = std::min(range.begin_ns, whole.begin_ns);
    range.end_ns = std::max(range.end_ns, whole.end_ns);
  };
  if (filter.range) {
    const TimeRange asked = *filter.range;
    widen(*filter.range, asked, before);
    // One range of both sides stays one.
    if (!filter.range_after) widen(*filter.range, asked, after);
  }
  if (filter.range_after) widen(*filter.range_after, TimeRange(*filter.range_after), after);
  return filter;
}

}  // namespace socklock::analyzer
