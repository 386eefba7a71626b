// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/query/event_rows.h"

#include <algorithm>
#include <iterator>

#include "analyzer/label/labelled_run.h"
#include "analyzer/load/kernel_stack.h"
#include "analyzer/load/load_run.h"
#include "analyzer/load/wait_table_builder.h"
#include "analyzer/query/run_tables.h"

namespace socklock::analyzer {
namespace {

EventFields fields_of(const RowRequest& request) {
  using enum EventColumn;
  const auto uses = [&](EventColumn column) { return request.uses(static_cast<std::size_t>(column)); };
  EventFields fields;
  fields.waits = uses(kWait) || uses(kBegin);
  fields.threads = uses(kThread);
  fields.cpus = uses(kCpu);
  fields.weights = uses(kWeight);
  fields.errors = uses(kError);
  fields.run_delays = uses(kRunDelay);
  fields.kinds = false;
  for (std::size_t column = 0; column < kEventColumnCount; ++column)
    fields.kinds =
        fields.kinds || (request.uses(column) && EventRows::is_of_kind(EventColumn{static_cast<std::uint8_t>(column)}));
  return fields;
}

bool is_trace_of(const Run& run, const std::string& path) {
  const auto facts = load_facts(path);
  return !facts || facts->run_id == run.facts.run_id;
}

}  // namespace

IntervalOrder::IntervalOrder(const Run& run) : run_(&run) {
  for (std::size_t i = 0; i < run.intervals.size(); ++i) begins_.emplace_back(run.intervals[i].begin_ns, i);
  std::sort(begins_.begin(), begins_.end());
}

std::optional<std::size_t> IntervalOrder::at(std::uint64_t end_ns) const {
  const auto behind = std::upper_bound(begins_.begin(), begins_.end(), std::pair(end_ns, SIZE_MAX));
  if (behind == begins_.begin()) return std::nullopt;
  const std::size_t number = std::prev(behind)->second;
  return end_ns < run_->intervals[number].end_ns ? std::optional(number) : std::nullopt;
}

EventRows::EventRows(const QueryRuns& runs, const RowRequest& request)
    : runs_(runs),
      fields_(fields_of(request)),
      needs_classes_(request.uses(static_cast<std::size_t>(EventColumn::kLockClass)) ||
                     request.uses(static_cast<std::size_t>(EventColumn::kRole))) {}

const trace::EventColumns* EventRows::next() {
  for (;;) {
    columns_ = reader_ ? reader_->next() : nullptr;
    if (columns_ != nullptr && columns_->size() > 0) return columns_;
    if (columns_ == nullptr && !open_next()) return nullptr;
  }
}

bool EventRows::knows_run_delay(std::size_t run) const { return run_of(runs_.runs[run]).facts.knows_run_delay; }

bool EventRows::open_next() {
  reader_.reset();
  run_ = is_started_ ? run_ + 1 : 0;
  is_started_ = true;
  if (run_ >= runs_.runs.size()) return false;
  const std::string& path = runs_.runs[run_].path;
  const Run& run = run_of(runs_.runs[run_]);
  auto reader = EventReader::open(path, run.budget_bytes, fields_);
  if (!reader) return stop(reader.error().message());
  // Its locks and stacks are numbers in the dictionaries that were loaded.
  if (reader->size_bytes() != run.bytes || !is_trace_of(run, path))
    return stop("'" + run.path + "' is not the trace any more that was loaded: ask it anew");
  if (needs_classes_) {
    auto classes = classes_of_locks(path, *runs_.runs[run_].labelled, runs_.taxonomy);
    if (!classes) return stop(classes.error().message());
    classes_ = *std::move(classes);
  }
  reader_.emplace(*std::move(reader));
  labeller_.emplace(run, runs_.taxonomy);
  intervals_.emplace(run);
  known_.clear();
  first_kind_ = kinds_.size();
  return true;
}

bool EventRows::stop(std::string error) {
  error_ = std::move(error);
  return false;
}

std::uint32_t EventRows::kind_of(std::size_t i) {
  const trace::EventColumns& c = *columns_;
  // Labels are the same for all threads.
  const WaitKey key{LockId{c.lock[i]}, StackId{c.stack[i]},        kNoThread,
                    c.syscall[i],      kernel_stack(c.context[i]), c.flags[i]};
  const std::size_t kind = first_kind_ + known_.find_or_add(pack(key));
  if (kind == kinds_.size()) kinds_.push_back({run_, key, classes_.completed(key, labeller_->label(key))});
  return static_cast<std::uint32_t>(kind);
}

bool EventRows::is_of_kind(EventColumn column) {
  using enum EventColumn;
  switch (column) {
    case kLock:
    case kStack:
    case kLockClass:
    case kRole:
    case kCallPath:
    case kContext:
    case kFunction:
    case kKind:
    case kSyscall: return true;
    default: return false;
  }
}

Cell EventRows::cell(const EventKind& kind, EventColumn column) const {
  using enum EventColumn;
  const bool has_stack = kind.key.stack != kNoStack;
  const LockClass& lock_class = runs_.taxonomy.at(kind.labels.lock_class);
  switch (column) {
    case kLock: return integer(index_of(kind.key.lock));
    case kStack: return has_stack ? integer(index_of(kind.key.stack)) : Cell();
    case kLockClass: return text(lock_class.name);
    case kRole: return text(name_of(lock_class.role));
    case kCallPath: return text(name_of(kind.labels.path));
    case kContext: return text(name_of(kind.labels.context));
    case kFunction: return has_stack ? text(runs_.runs[kind.run].functions[index_of(kind.labels.taker)]) : Cell();
    case kKind: return text(kind_named(kind.key.flags));
    case kSyscall: return kind.key.syscall == 0 ? Cell() : integer(kind.key.syscall - 1U);
    default: return {};
  }
}

}  // namespace socklock::analyzer
