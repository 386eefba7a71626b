// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/models/live_model.h"

#include <QList>
#include <algorithm>

#include "gui/models/text.h"

namespace socklock::gui {

using analyzer::Align;
using analyzer::Figure;
using analyzer::LiveRow;
using analyzer::Unit;

void LiveModel::showMoment(const LiveMomentPtr& moment, const std::string& group, const QString& sought) {
  analyzer::Table table;
  table.id = "live";
  table.columns = {
      analyzer::names_column(group),
      {"waits_per_second", "waits a second", "contended acquisitions that ended, of the last 5 seconds", Unit::kNumber},
      {"wait_ns_per_second", "wait a second", "time that threads waited, in a second: 2 s are two threads all the time",
       Unit::kNs},
      {"share", "share", "of the wait of all rows", Unit::kShare},
      {"longest_ns", "longest", "the longest of these waits", Unit::kNs},
      {"cpu_share", "CPU", "what of the wait was for a CPU and not for the lock, where waiters sleep", Unit::kShare},
      {"history", "last seconds", "wait a second, the newest to the right; of one scale", Unit::kNone, Align::kLeft}};
  double whole_ns = 0, largest_ns = 0;
  for (const LiveRow& row : moment->rows) {
    whole_ns += row.wait_ns;
    for (const double wait_ns : row.history) largest_ns = std::max(largest_ns, wait_ns);
  }
  histories_.clear();
  for (const LiveRow& row : moment->rows) {
    if (!shown(row.name).contains(sought, Qt::CaseInsensitive)) continue;
    table.rows.push_back(
        {Figure::words(row.name), Figure::of(row.waits, Unit::kNumber), Figure::of(row.wait_ns, Unit::kNs),
         Figure::share(row.wait_ns, whole_ns),
         row.max_ns > 0 ? Figure::of(row.max_ns, Unit::kNs) : Figure::not_measured("holders have no single waits"),
         moment->knows_run_delay && row.wait_ns > 0 ? Figure::share(row.run_delay_ns, row.wait_ns)
                                                    : Figure::not_measured("this kernel does not say"),
         Figure::words("")});
    std::vector<double>& history = histories_.emplace_back(row.history);
    for (double& wait_ns : history) wait_ns = largest_ns > 0 ? wait_ns / largest_ns : 0;
  }
  show(std::move(table));
}

QVariant LiveModel::data(const QModelIndex& index, int role) const {
  if (role == kHistoryRole && index.isValid() && index.row() < rowCount()) {
    const auto& history = histories_[static_cast<std::size_t>(index.row())];
    return QVariant::fromValue(QList<double>(history.begin(), history.end()));
  }
  return TableModel::data(index, role);
}

int LiveModel::rowOf(const QString& name) const {
  for (int row = 0; row < rowCount(); ++row)
    if (this->index(row, 0).data().toString() == name) return row;
  return -1;
}

}  // namespace socklock::gui
