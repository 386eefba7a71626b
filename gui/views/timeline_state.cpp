// SPDX-License-Identifier: GPL-2.0-or-later
// What of the timeline is kept and found again: by a session, a query, a search, and which lanes are shown.
#include <QJsonArray>
#include <QJsonObject>
#include <algorithm>

#include "gui/models/event_model.h"
#include "gui/models/event_search.h"
#include "gui/models/text.h"
#include "gui/views/lanes_dialog.h"
#include "gui/views/timeline_page.h"
#include "gui/views/timeline_view.h"
#include "gui/views/wait_menu.h"

namespace socklock::gui {
namespace {

// Of a moment's length, what is shown on both sides of it.
constexpr double kAround = 2;
constexpr double kLeastAroundNs = 1000;

QJsonArray toJson(const std::set<std::string>& names) {
  QJsonArray list;
  for (const std::string& name : names) list.append(QString::fromStdString(name));
  return list;
}

std::set<std::string> namesOf(const QJsonValue& list) {
  std::set<std::string> names;
  for (const auto& name : list.toArray()) names.insert(name.toString().toStdString());
  return names;
}

std::optional<double> markerOf(const QJsonValue& value) {
  return value.isDouble() ? std::optional(value.toDouble()) : std::nullopt;
}

}  // namespace

QJsonObject TimelinePage::state() const {
  if (!awaited_.isEmpty()) return awaited_;  // nobody has looked at it since
  QJsonArray markers;
  for (const std::size_t which : {0U, 1U})
    markers.append(view_->marker(which) ? QJsonValue(*view_->marker(which)) : QJsonValue());
  QJsonObject state{{QStringLiteral("lanes"), lanes_->currentIndex()},
                    {QStringLiteral("order"), lane_order_->currentIndex()},
                    {QStringLiteral("is_rate"), rate_->isChecked()},
                    {QStringLiteral("hidden"), toJson(view_->hiddenLanes())},
                    {QStringLiteral("pinned"), toJson(view_->pinnedLanes())},
                    {QStringLiteral("markers"), markers},
                    {QStringLiteral("runs"), QJsonArray{runs_[0]->currentIndex(), runs_[1]->currentIndex()}}};
  if (!view_->isWhole()) {
    const analyzer::TimeRange shown_now = view_->range();
    state[QStringLiteral("range_ns")] =
        QJsonArray{static_cast<double>(shown_now.begin_ns), static_cast<double>(shown_now.end_ns)};
  }
  return state;
}

void TimelinePage::setState(const QJsonObject& state) {
  if (state.isEmpty()) return;
  lanes_->setCurrentIndex(std::clamp(state[QStringLiteral("lanes")].toInt(), 0, lanes_->count() - 1));
  lane_order_->setCurrentIndex(std::clamp(state[QStringLiteral("order")].toInt(), 0, lane_order_->count() - 1));
  rate_->setChecked(state[QStringLiteral("is_rate")].toBool());
  view_->setHiddenLanes(namesOf(state[QStringLiteral("hidden")]));
  view_->setPinnedLanes(namesOf(state[QStringLiteral("pinned")]));
  awaited_ = state;
  const QJsonArray runs = state[QStringLiteral("runs")].toArray();
  bool are_other_runs = false;
  for (std::size_t side = 0; side < runs_.size(); ++side) {
    const int run = runs[static_cast<qsizetype>(side)].toInt();
    if (run < 0 || run >= runs_[side]->count() || run == runs_[side]->currentIndex()) continue;
    runs_[side]->setCurrentIndex(run);
    are_other_runs = true;
  }
  if (!data_[0]) return;  // what is loaded next shows it
  if (are_other_runs)
    load();
  else
    showZoom(std::exchange(awaited_, {}));
}

void TimelinePage::showZoom(const QJsonObject& state) {
  const QJsonArray range = state[QStringLiteral("range_ns")].toArray();
  if (range.size() == 2) view_->setRange(range[0].toDouble(), range[1].toDouble());
  const QJsonArray markers = state[QStringLiteral("markers")].toArray();
  view_->setMarkers(markerOf(markers[0]), markerOf(markers[1]));
}

void TimelinePage::showMoment(const QString& trace, std::uint64_t begin_ns, std::uint64_t end_ns) {
  for (std::size_t side = 0; side < runs_.size(); ++side) {
    const int run = runs_[side]->findData(trace);
    if (run < 0) continue;
    const bool is_other = runs_[side]->currentIndex() != run;
    runs_[side]->setCurrentIndex(run);
    moment_ = Moment{side, begin_ns, end_ns};
    // What is being loaded shows it when it is there.
    if (is_other)
      load();
    else if (!loader_.isBusy())
      applyMoment();
    return;
  }
}

void TimelinePage::applyMoment() {
  if (!moment_ || !data_[moment_->side]) return;
  const Moment moment = *std::exchange(moment_, std::nullopt);
  const auto begin = static_cast<double>(moment.begin_ns), end = static_cast<double>(moment.end_ns);
  const double around = std::max(kLeastAroundNs, kAround * (end - begin));
  view_->setRange(begin - around, end + around);
  const analyzer::EventTable& events = *data_[moment.side]->events;
  for (std::size_t event = events.first_at(moment.end_ns); event < events.size(); ++event) {
    if (events.end_ns[event] != moment.end_ns) break;
    if (events.end_ns[event] - events.wait_ns[event] != moment.begin_ns) continue;
    view_->choose(ChosenWait{moment.side, event});
    break;
  }
}

LanesDialog* TimelinePage::chooseLanes() {
  auto* const dialog = new LanesDialog(view_->allLanes(), view_->hiddenLanes(), this);
  connect(dialog, &LanesDialog::chosen, view_, [this, lanes = view_->allLanes()](const std::set<std::string>& hidden) {
    // Lanes of other kinds, which are hidden too, stay so.
    std::set<std::string> all = view_->hiddenLanes();
    for (const std::string& lane : lanes) all.erase(lane);
    all.insert(hidden.begin(), hidden.end());
    view_->setHiddenLanes(std::move(all));
  });
  dialog->show();
  return dialog;
}

void TimelinePage::addConditions(QMenu* menu, const ChosenWait& wait) {
  if (!data_[wait.side]) return;
  gui::addConditions(
      menu, *data_[wait.side], wait.event,
      [this](const analyzer::Filter& one, const QString& what) { narrow(one, what); },
      [this](const analyzer::Filter& one, const QString& what) { leaveOut(one, what); });
}

std::size_t TimelinePage::tableSide() const {
  return static_cast<std::size_t>(std::max(0, table_side_->currentData().toInt()));
}

void TimelinePage::showFound() {
  const TimelineDataPtr& waits = data_[tableSide()];
  if (!waits || search_->text().isEmpty()) {
    found_->clear();
    return;
  }
  if (!searched_) searched_ = std::make_unique<EventSearch>(waits, search_->text());
  found_->setText(tr("%1 in view").arg(count(static_cast<double>(searched_->countIn(waits->inView(view_->range()))))));
}

void TimelinePage::stepFound(int step) {
  showFound();
  if (!searched_) return;
  const std::optional<ChosenWait>& chosen = view_->chosenWait();
  const std::size_t side = tableSide();
  const auto from = chosen && chosen->side == side ? std::optional(chosen->event) : std::nullopt;
  if (const auto next = searched_->next(from, step))
    view_->choose(ChosenWait{side, *next});
  else
    found_->setText(tr("in no wait of this run"));
}

}  // namespace socklock::gui
