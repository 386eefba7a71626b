// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/models/wait_text.h"

#include <QObject>
#include <algorithm>

#include "analyzer/label/classify.h"
#include "analyzer/measure/breakdown.h"
#include "gui/models/text.h"

namespace socklock::gui {
namespace {

QString atSeconds(std::uint64_t ns) { return QString::number(static_cast<double>(ns) / 1e9, 'f', 9); }

QString threadText(const analyzer::Thread& thread) {
  return QStringLiteral("%1, %2 %3")
      .arg(shown(analyzer::process_name(thread)), QObject::tr("thread"), QString::number(thread.tid));
}

// Holders of single waits are not recorded. Who waited for the same lock and got it last is the likeliest one.
QString beforeText(const TimelineData& data, std::size_t event) {
  const std::size_t last = data.lastToGetTheLock(event);
  if (last == TimelineData::kNoEvent) return {};
  const analyzer::EventTable& events = *data.events;
  const auto& dictionaries = events.dictionaries();
  return QObject::tr(
             "before it got this lock after a wait: %1, at %2 s on %3%4. Others may have held it since "
             "without a wait.\n")
      .arg(threadText(dictionaries.at(events.thread[last])), atSeconds(events.end_ns[last]),
           shown(analyzer::name_of(events.labels_of(last).path)),
           events.stack_of(last) == analyzer::kNoStack ? QString()
                                                       : QStringLiteral(" (%1)").arg(shown(analyzer::display_name(
                                                             dictionaries.at(events.labels_of(last).taker)))));
}

QString stackText(const analyzer::EventTable& events, std::size_t event) {
  const auto& dictionaries = events.dictionaries();
  QString text;
  for (const auto frame : dictionaries.at(events.stack_of(event)).frames)
    text += QStringLiteral("  ") + shown(analyzer::display_name(dictionaries.at(frame))) + QLatin1Char('\n');
  return text.isEmpty() ? QObject::tr("no call stack was taken of this wait\n") : QObject::tr("call stack:\n") + text;
}

}  // namespace

QString waitTime(const analyzer::EventTable& events, std::size_t event) {
  const std::uint64_t wait_ns = events.wait_ns[event];
  return wait_ns == 0 ? QStringLiteral("–") : ns(static_cast<double>(wait_ns));
}

QString waitText(const TimelineData& data, std::size_t event) {
  const analyzer::EventTable& events = *data.events;
  const auto& dictionaries = events.dictionaries();
  const analyzer::WaitLabels& labels = events.labels_of(event);
  const analyzer::LockClass& lock_class = data.taxonomy.at(labels.lock_class);
  const analyzer::InstanceNames names(dictionaries);
  const std::uint64_t end = events.end_ns[event], begin = end - std::min(end, events.wait_ns[event]);
  const bool is_timed = events.wait_ns[event] > 0;
  QString text =
      (is_timed ? QObject::tr("%1 of wait for %2 (%3)\n").arg(waitTime(events, event))
                : QObject::tr("a wait of unknown length for %1 (%2)\n"))
          .arg(shown(lock_class.name), shown(names.name(dictionaries.at(events.lock_of(event)), lock_class)));
  text += is_timed
              ? QObject::tr("from %1 to %2 s, CPU %3\n").arg(atSeconds(begin), atSeconds(end)).arg(events.cpu[event])
              : QObject::tr("at %1 s, CPU %2\n").arg(atSeconds(end)).arg(events.cpu[event]);
  text += threadText(dictionaries.at(events.thread[event])) + QLatin1Char('\n');
  text += QObject::tr("%1, on the call path %2, role %3\n")
              .arg(shown(analyzer::name_of(labels.context)), shown(analyzer::name_of(labels.path)),
                   shown(analyzer::name_of(lock_class.role)));
  if (events.weight[event] > 1) text += QObject::tr("sampled: it stands for %1 waits\n").arg(events.weight[event]);
  return text + beforeText(data, event) + stackText(events, event);
}

}  // namespace socklock::gui
