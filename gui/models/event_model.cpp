// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/models/event_model.h"

#include <algorithm>

#include "analyzer/label/classify.h"
#include "analyzer/measure/breakdown.h"
#include "gui/models/glossary.h"
#include "gui/models/text.h"
#include "gui/models/wait_text.h"

namespace socklock::gui {

void EventModel::show(const TimelineDataPtr& data, analyzer::TimeRange range) {
  beginResetModel();
  if (data && data != data_) names_ = std::make_unique<analyzer::InstanceNames>(data->events->dictionaries());
  data_ = data;
  range_ = range;
  order_.clear();
  view_ = data_ ? data_->inView(range) : WaitsInView{};
  endResetModel();
}

void EventModel::setOrder(std::vector<std::uint32_t> events) {
  beginResetModel();
  order_ = std::move(events);
  endResetModel();
}

std::vector<std::uint32_t> longestFirst(const TimelineData& data, analyzer::TimeRange range) {
  const WaitsInView view = data.inView(range);
  std::vector<std::uint32_t> events;
  events.reserve(view.size());
  for (std::size_t i = view.first; i < view.last; ++i) events.push_back(data.matching[i]);
  events.insert(events.end(), view.later.begin(), view.later.end());
  const auto& wait_ns = data.events->wait_ns;
  std::stable_sort(events.begin(), events.end(),
                   [&wait_ns](std::uint32_t a, std::uint32_t b) { return wait_ns[a] > wait_ns[b]; });
  return events;
}

int EventModel::rowOf(std::size_t event) const {
  if (!data_) return -1;
  if (!order_.empty()) {
    const auto found = std::find(order_.begin(), order_.end(), event);
    return found == order_.end() ? -1 : static_cast<int>(found - order_.begin());
  }
  const std::size_t at = data_->matching.firstAt(event);
  if (at >= view_.first && at < view_.last && data_->matching[at] == event) return static_cast<int>(at - view_.first);
  const auto later = std::find(view_.later.begin(), view_.later.end(), event);
  if (later == view_.later.end()) return -1;
  return static_cast<int>(view_.last - view_.first) + static_cast<int>(later - view_.later.begin());
}

int EventModel::rowCount(const QModelIndex& parent) const {
  const std::size_t rows = order_.empty() ? view_.size() : order_.size();
  return parent.isValid() ? 0 : static_cast<int>(std::min(rows, kMaxRows));
}

int EventModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : kColumns; }

std::size_t EventModel::eventAt(int row) const {
  const auto at = static_cast<std::size_t>(row);
  return order_.empty() ? data_->eventAt(view_, at) : order_[at];
}

QString EventModel::text(std::size_t event, int column) const {
  const analyzer::EventTable& events = *data_->events;
  const auto& dictionaries = events.dictionaries();
  const auto& labels = events.labels_of(event);
  const auto& lock_class = data_->taxonomy.at(labels.lock_class);
  switch (column) {
    case kTime:
      return QString::number(
          static_cast<double>(events.end_ns[event] - std::min(events.end_ns[event], events.wait_ns[event])) / 1e9, 'f',
          9);
    case kWait: return waitTime(events, event);
    case kClass: return shown(lock_class.name);
    case kInstance: return shown(names_->name(dictionaries.at(events.lock_of(event)), lock_class));
    case kPath: return shown(analyzer::name_of(labels.path));
    case kFunction: return shown(dictionaries.at(labels.taker).symbol);
    case kProcess: return shown(analyzer::command_name(dictionaries.at(events.thread[event])));
    case kThread: return QString::number(dictionaries.at(events.thread[event]).tid);
    case kCpu: return QString::number(events.cpu[event]);
    default: return {};
  }
}

QVariant EventModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || !data_) return {};
  const bool is_figure = index.column() == kTime || index.column() == kWait || index.column() >= kThread;
  if (role == Qt::TextAlignmentRole)
    return is_figure ? QVariant(Qt::AlignRight | Qt::AlignVCenter) : QVariant(Qt::AlignLeft | Qt::AlignVCenter);
  if (role == kSeriesRole && index.column() == kClass)
    return static_cast<int>(data_->group_of_kind[data_->events->kind[eventAt(index.row())]]);
  if (role == Qt::DisplayRole) return text(eventAt(index.row()), index.column());
  if (role != Qt::ToolTipRole) return {};
  const analyzer::EventTable& events = *data_->events;
  const auto& dictionaries = events.dictionaries();
  QStringList frames;
  for (const auto frame : dictionaries.at(events.stack_of(eventAt(index.row()))).frames)
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
    default: return {};
  }
}

}  // namespace socklock::gui
