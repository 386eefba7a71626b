// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/models/event_search.h"

#include <algorithm>
#include <utility>

#include "analyzer/label/classify.h"
#include "analyzer/measure/breakdown.h"
#include "gui/models/text.h"

namespace socklock::gui {

EventSearch::EventSearch(TimelineDataPtr data, const QString& text) : data_(std::move(data)) {
  const analyzer::EventTable& events = *data_->events;
  const analyzer::Dictionaries& dictionaries = events.dictionaries();
  kinds_.resize(events.labels_of_kinds().size());
  threads_.resize(dictionaries.threads.size());
  if (text.isEmpty()) return;
  const auto is_in = [&text](const std::string& words) { return shown(words).contains(text, Qt::CaseInsensitive); };
  std::vector<bool> functions;
  for (const analyzer::Function& function : dictionaries.functions) functions.push_back(is_in(function.symbol));
  std::vector<bool> stacks;
  for (const analyzer::Stack& stack : dictionaries.stacks)
    stacks.push_back(std::any_of(stack.frames.begin(), stack.frames.end(),
                                 [&functions](analyzer::FunctionId frame) { return functions[index_of(frame)]; }));
  const analyzer::InstanceNames names(dictionaries);
  for (std::size_t kind = 0; kind < kinds_.size(); ++kind) {
    const analyzer::WaitLabels& labels = events.labels_of_kinds()[kind];
    const analyzer::WaitKey& key = events.key_of_kind(kind);
    const analyzer::LockClass& lock_class = data_->taxonomy.at(labels.lock_class);
    kinds_[kind] = is_in(lock_class.name) || is_in(std::string(name_of(labels.path))) ||
                   functions[index_of(labels.taker)] || stacks[index_of(key.stack)] ||
                   is_in(names.name(dictionaries.at(key.lock), lock_class));
  }
  for (std::size_t thread = 0; thread < threads_.size(); ++thread)
    threads_[thread] = is_in(analyzer::command_name(dictionaries.threads[thread])) ||
                       QString::number(dictionaries.threads[thread].tid) == text;
}

bool EventSearch::isIn(std::size_t event) const {
  const analyzer::EventTable& events = *data_->events;
  return kinds_[events.kind[event]] || threads_[index_of(events.thread[event])];
}

std::size_t EventSearch::countIn(const WaitsInView& view) const {
  std::size_t count = 0;
  for (std::size_t i = 0; i < view.size(); ++i) count += isIn(data_->eventAt(view, i)) ? 1U : 0U;
  return count;
}

std::optional<std::size_t> EventSearch::next(std::optional<std::size_t> event, int step) const {
  const auto size = static_cast<std::ptrdiff_t>(data_->matching.size());
  // Before the first, or behind the last, where none is chosen.
  auto at = event ? static_cast<std::ptrdiff_t>(data_->matching.firstAt(*event)) : step > 0 ? -1 : size;
  for (at += step; at >= 0 && at < size; at += step) {
    const std::size_t candidate = data_->matching[static_cast<std::size_t>(at)];
    if (isIn(candidate)) return candidate;
  }
  return std::nullopt;
}

RunsSearch::RunsSearch(std::vector<TimelineDataPtr> runs, const QString& text) : runs_(std::move(runs)) {
  for (const TimelineDataPtr& run : runs_) searches_.emplace_back(run, text);
}

std::size_t RunsSearch::countIn(analyzer::TimeRange range) const {
  std::size_t count = 0;
  for (std::size_t run = 0; run < runs_.size(); ++run) count += searches_[run].countIn(runs_[run]->inView(range));
  return count;
}

std::optional<ChosenWait> RunsSearch::next(const std::optional<ChosenWait>& wait, int step) const {
  const auto count = static_cast<std::ptrdiff_t>(runs_.size());
  if (count == 0) return std::nullopt;
  auto run = wait ? static_cast<std::ptrdiff_t>(wait->run) : step > 0 ? 0 : count - 1;
  std::optional<std::size_t> from = wait ? std::optional(wait->event) : std::nullopt;
  // The run where it began is looked at twice: behind the wait, and at last before it.
  for (std::ptrdiff_t looked_at = 0; looked_at <= count; ++looked_at) {
    const auto at = static_cast<std::size_t>(run);
    if (const auto event = searches_[at].next(from, step)) return ChosenWait{at, *event};
    from.reset();
    run = (run + step + count) % count;
  }
  return std::nullopt;
}

}  // namespace socklock::gui
