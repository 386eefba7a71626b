// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/wait_menu.h"

#include <string>
#include <utility>
#include <vector>

#include "analyzer/label/classify.h"
#include "analyzer/measure/breakdown.h"
#include "analyzer/measure/conditions.h"
#include "gui/models/text.h"

namespace socklock::gui {
namespace {

// By kinds of conditions; those that say nothing of this wait are not there.
std::vector<analyzer::Condition> conditionsOf(const TimelineData& data, std::size_t event) {
  const analyzer::EventTable& events = *data.events;
  const analyzer::Dictionaries& dictionaries = events.dictionaries();
  const analyzer::WaitLabels& labels = events.labels_of(event);
  const analyzer::LockClass& lock_class = data.taxonomy.at(labels.lock_class);
  const analyzer::Thread& thread = dictionaries.at(events.thread[event]);
  std::vector<analyzer::Condition> list{{"class", lock_class.name}};
  if (events.lock_of(event) != analyzer::kNoLock)
    list.push_back(
        {"instance", analyzer::InstanceNames(dictionaries).name(dictionaries.at(events.lock_of(event)), lock_class)});
  list.push_back({"path", std::string(name_of(labels.path))});
  list.push_back({"context", std::string(name_of(labels.context))});
  list.push_back({"cpu", std::to_string(events.cpu[event])});
  if (events.stack_of(event) != analyzer::kNoStack)
    list.push_back({"function", display_name(dictionaries.at(labels.taker))});
  if (thread.tid == 0 && thread.comm.empty()) return list;
  list.push_back({"process", analyzer::command_name(thread)});
  list.push_back({"thread", analyzer::thread_name(thread)});
  return list;
}

}  // namespace

void addConditions(QMenu* menu, const TimelineData& data, std::size_t event, const TakeCondition& show_only,
                   const TakeCondition& leave_out) {
  for (const auto& [title, take] :
       {std::pair{QMenu::tr("Show only…"), show_only}, std::pair{QMenu::tr("Leave out…"), leave_out}}) {
    QMenu* const below = menu->addMenu(title);
    for (const analyzer::Condition& condition : conditionsOf(data, event)) {
      const QString what = QStringLiteral("%1 %2").arg(shown(condition.kind), shown(condition.value));
      below->addAction(QString(what).replace(QLatin1Char('&'), QStringLiteral("&&")), menu,
                       [take = take, one = analyzer::only(condition), what] { take(one, what); });
    }
  }
}

}  // namespace socklock::gui
