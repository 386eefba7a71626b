// SPDX-License-Identifier: GPL-2.0-or-later
// What of the timeline is kept and found again: by a session, a query, a search, and which lanes are shown.
#include <QJsonArray>
#include <QJsonObject>
#include <algorithm>

#include "gui/models/event_model.h"
#include "gui/models/event_search.h"
#include "gui/models/text.h"
#include "gui/views/lanes_dialog.h"
#include "gui/views/run_chooser.h"
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

// One run as a number, which is what version 0.1 kept; several as a list.
std::vector<std::size_t> TimelinePage::chosenIn(const QJsonObject& state, std::size_t side) {
  const QJsonValue kept = state[QStringLiteral("runs")].toArray().at(static_cast<qsizetype>(side));
  std::vector<std::size_t> runs;
  for (const auto& run : kept.isArray() ? kept.toArray() : QJsonArray{kept})
    if (run.toInt(-1) >= 0) runs.push_back(static_cast<std::size_t>(run.toInt()));
  return runs;
}

QJsonValue TimelinePage::chosenRuns(std::size_t side) const {
  const std::vector<std::size_t> chosen = runs_[side]->chosen();
  if (chosen.size() == 1) return static_cast<int>(chosen.front());
  QJsonArray runs;
  for (const std::size_t run : chosen) runs.append(static_cast<int>(run));
  return runs;
}

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
                    {QStringLiteral("runs"), QJsonArray{chosenRuns(0), chosenRuns(1)}}};
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
  bool are_other_runs = false;
  for (std::size_t side = 0; side < runs_.size(); ++side) {
    const std::vector<std::size_t> was = runs_[side]->chosen();
    if (const auto runs = chosenIn(state, side); !runs.empty()) runs_[side]->setChosen(runs);
    are_other_runs = are_other_runs || runs_[side]->chosen() != was;
  }
  if (view_->runCount() == 0) return;  // what is loaded next shows it
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

// A run that is not shown joins those of its side, where it has several on the screen, else it takes the place of one.
void TimelinePage::showMoment(const QString& trace, std::uint64_t begin_ns, std::uint64_t end_ns) {
  std::optional<Moment> elsewhere;
  for (std::size_t side = 0; side < runs_.size(); ++side)
    for (std::size_t run = 0; run < runs_[side]->count(); ++run) {
      if (runs_[side]->path(run) != trace) continue;
      const Moment moment{side, run, trace.toStdString(), begin_ns, end_ns};
      if (runs_[side]->isChosen(run)) {
        moment_ = moment;
        if (!isBusy()) applyMoment();  // what is being loaded shows it when it is there
        return;
      }
      elsewhere = elsewhere.value_or(moment);
    }
  if (!elsewhere) return;
  moment_ = elsewhere;
  std::vector<std::size_t> chosen = runs_[elsewhere->side]->chosen();
  if (chosen.size() == 1) chosen.clear();
  chosen.push_back(elsewhere->run);
  runs_[elsewhere->side]->setChosen(chosen);
  load();
}

void TimelinePage::applyMoment() {
  if (!moment_) return;
  const Moment moment = *std::exchange(moment_, std::nullopt);
  const auto run = std::find_if(shown_.begin(), shown_.end(), [&moment](const Wanted& one) {
    return one.side == moment.side && one.path == moment.path;
  });
  if (run == shown_.end()) return;
  const auto number = static_cast<std::size_t>(run - shown_.begin());
  const auto begin = static_cast<double>(moment.begin_ns), end = static_cast<double>(moment.end_ns);
  const double around = std::max(kLeastAroundNs, kAround * (end - begin));
  view_->setRange(begin - around, end + around);
  view_->scrollTo(number);
  const analyzer::EventTable& events = *view_->run(number).waits->events;
  for (std::size_t event = events.first_at(moment.end_ns); event < events.size(); ++event) {
    if (events.end_ns[event] != moment.end_ns) break;
    if (events.end_ns[event] - events.wait_ns[event] != moment.begin_ns) continue;
    view_->choose(ChosenWait{number, event});
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
  gui::addConditions(
      menu, *view_->run(wait.run).waits, wait.event,
      [this](const analyzer::Filter& one, const QString& what) { narrow(one, what); },
      [this](const analyzer::Filter& one, const QString& what) { leaveOut(one, what); });
}

// In all runs that are shown, whichever of them the table lists.
void TimelinePage::showFound() {
  if (view_->runCount() == 0 || search_->text().isEmpty()) {
    found_->clear();
    return;
  }
  if (!searched_) {
    std::vector<TimelineDataPtr> runs;
    for (std::size_t run = 0; run < view_->runCount(); ++run) runs.push_back(view_->run(run).waits);
    searched_ = std::make_unique<RunsSearch>(std::move(runs), search_->text());
  }
  found_->setText(tr("%1 in view").arg(count(static_cast<double>(searched_->countIn(view_->range())))));
}

void TimelinePage::stepFound(int step) {
  showFound();
  if (!searched_) return;
  if (const auto next = searched_->next(view_->chosenWait(), step))
    view_->choose(*next);
  else
    found_->setText(tr("in no wait that is shown"));
}

}  // namespace socklock::gui
