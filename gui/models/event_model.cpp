// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/models/event_model.h"

#include <algorithm>

#include "analyzer/label/classify.h"
#include "analyzer/measure/breakdown.h"
#include "gui/models/glossary.h"
#include "gui/models/text.h"
#include "gui/models/wait_text.h"

namespace socklock::gui {

void EventModel::show(std::vector<ListedRun> runs, analyzer::TimeRange range) {
  beginResetModel();
  std::vector<Part> parts;
  for (std::size_t part = 0; part < runs.size(); ++part) {
    const TimelineData& waits = *runs[part].waits;
    Part made{nullptr, waits.inView(range)};
    // Zooming asks for the same runs again and again.
    if (part < runs_.size() && runs_[part].waits == runs[part].waits)
      made.names = std::move(parts_[part].names);
    else
      made.names = std::make_unique<analyzer::InstanceNames>(waits.events->dictionaries());
    parts.push_back(std::move(made));
  }
  runs_ = std::move(runs);
  parts_ = std::move(parts);
  range_ = range;
  order_.clear();
  endResetModel();
}

void EventModel::setOrder(std::vector<ListedWait> waits) {
  beginResetModel();
  order_ = std::move(waits);
  endResetModel();
}

std::vector<ListedWait> longestFirst(const std::vector<ListedRun>& runs, analyzer::TimeRange range) {
  std::vector<ListedWait> waits;
  for (std::size_t part = 0; part < runs.size(); ++part) {
    const TimelineData& data = *runs[part].waits;
    const WaitsInView view = data.inView(range);
    waits.reserve(waits.size() + view.size());
    for (std::size_t i = 0; i < view.size(); ++i)
      waits.push_back({static_cast<std::uint32_t>(part), static_cast<std::uint32_t>(data.eventAt(view, i))});
  }
  const auto wait_ns = [&runs](const ListedWait& wait) { return runs[wait.part].waits->events->wait_ns[wait.event]; };
  std::stable_sort(waits.begin(), waits.end(),
                   [&wait_ns](const ListedWait& a, const ListedWait& b) { return wait_ns(a) > wait_ns(b); });
  return waits;
}

std::size_t EventModel::inRange() const {
  std::size_t sum = 0;
  for (const Part& part : parts_) sum += part.view.size();
  return sum;
}

int EventModel::rowOf(const ChosenWait& wait) const {
  const auto run =
      std::find_if(runs_.begin(), runs_.end(), [&wait](const ListedRun& one) { return one.run == wait.run; });
  if (run == runs_.end()) return -1;
  const auto part = static_cast<std::size_t>(run - runs_.begin());
  if (!order_.empty()) {
    const auto found = std::find_if(order_.begin(), order_.end(),
                                    [&](const ListedWait& one) { return one.part == part && one.event == wait.event; });
    return found == order_.end() ? -1 : static_cast<int>(found - order_.begin());
  }
  std::size_t above = 0;
  for (std::size_t before = 0; before < part; ++before) above += parts_[before].view.size();
  const WaitsInView& view = parts_[part].view;
  const MatchingEvents& matching = run->waits->matching;
  const std::size_t at = matching.firstAt(wait.event);
  if (at >= view.first && at < view.last && matching[at] == wait.event)
    return static_cast<int>(above + at - view.first);
  const auto later = std::find(view.later.begin(), view.later.end(), wait.event);
  if (later == view.later.end()) return -1;
  return static_cast<int>(above + view.last - view.first) + static_cast<int>(later - view.later.begin());
}

int EventModel::rowCount(const QModelIndex& parent) const {
  const std::size_t rows = order_.empty() ? inRange() : order_.size();
  return parent.isValid() ? 0 : static_cast<int>(std::min(rows, kMaxRows));
}

int EventModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : kColumns; }

ListedWait EventModel::listedAt(int row) const {
  auto at = static_cast<std::size_t>(row);
  if (!order_.empty()) return order_[at];
  std::size_t part = 0;
  for (; at >= parts_[part].view.size(); ++part) at -= parts_[part].view.size();
  return {static_cast<std::uint32_t>(part),
          static_cast<std::uint32_t>(runs_[part].waits->eventAt(parts_[part].view, at))};
}

ChosenWait EventModel::waitAt(int row) const {
  const ListedWait wait = listedAt(row);
  return {runs_[wait.part].run, wait.event};
}

QString EventModel::text(const ListedWait& wait, int column) const {
  const std::size_t event = wait.event;
  const TimelineData& waits = *runs_[wait.part].waits;
  const analyzer::EventTable& events = *waits.events;
  const auto& dictionaries = events.dictionaries();
  const auto& labels = events.labels_of(event);
  const auto& lock_class = waits.taxonomy.at(labels.lock_class);
  switch (column) {
    case kTime:
      return QString::number(
          static_cast<double>(events.end_ns[event] - std::min(events.end_ns[event], events.wait_ns[event])) / 1e9, 'f',
          9);
    case kWait: return waitTime(events, event);
    case kClass: return shown(lock_class.name);
    case kInstance: return shown(parts_[wait.part].names->name(dictionaries.at(events.lock_of(event)), lock_class));
    case kPath: return shown(analyzer::name_of(labels.path));
    case kFunction: return shown(dictionaries.at(labels.taker).symbol);
    case kProcess: return shown(analyzer::command_name(dictionaries.at(events.thread[event])));
    case kThread: return QString::number(dictionaries.at(events.thread[event]).tid);
    case kCpu: return QString::number(events.cpu[event]);
    case kRun: return runs_[wait.part].name;
    default: return {};
  }
}

QVariant EventModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const int column = index.column();
  const bool is_figure = column == kTime || column == kWait || column == kThread || column == kCpu;
  if (role == Qt::TextAlignmentRole)
    return is_figure ? QVariant(Qt::AlignRight | Qt::AlignVCenter) : QVariant(Qt::AlignLeft | Qt::AlignVCenter);
  const ListedWait wait = listedAt(index.row());
  const TimelineData& waits = *runs_[wait.part].waits;
  if (role == kSeriesRole && column == kClass)
    return static_cast<int>(waits.group_of_kind[waits.events->kind[wait.event]]);
  if (role == Qt::DisplayRole) return text(wait, column);
  if (role != Qt::ToolTipRole) return {};
  const auto& dictionaries = waits.events->dictionaries();
  QStringList frames;
  for (const auto frame : dictionaries.at(waits.events->stack_of(wait.event)).frames)
    frames.append(shown(dictionaries.at(frame).symbol));
  return frames.isEmpty() ? tr("no call stack was taken of this wait") : frames.join(QLatin1Char('\n'));
}

QVariant EventModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation == Qt::Vertical) return role == Qt::DisplayRole ? QVariant(section + 1) : QVariant();
  if (role == Qt::ToolTipRole) return explained(headerData(section, orientation, Qt::DisplayRole).toString());
  if (role != Qt::DisplayRole) return {};
  switch (section) {
    case kTime: return tr("began at, s");
    case kWait: return tr("wait");
    case kClass: return tr("lock class");
    case kInstance: return tr("instance");
    case kPath: return tr("call path");
    case kFunction: return tr("function");
    case kProcess: return tr("process");
    case kThread: return tr("thread");
    case kCpu: return tr("CPU");
    case kRun: return tr("run");
    default: return {};
  }
}

}  // namespace socklock::gui
