// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/chart.h"

#include <QAccessible>
#include <QAccessibleWidget>
#include <QWidget>

namespace socklock::gui {
namespace {

constexpr const char* kIsChart = "isChart";

QAccessibleInterface* chartInterface(const QString& /*class_name*/, QObject* object) {
  auto* const view = qobject_cast<QWidget*>(object);
  if (view == nullptr || !view->property(kIsChart).toBool()) return nullptr;
  return new QAccessibleWidget(view, QAccessible::Chart);
}

}  // namespace

void describeAsChart(QWidget* view, const QString& name) {
  [[maybe_unused]] static const bool kIsInstalled = [] {
    QAccessible::installFactory(chartInterface);
    return true;
  }();
  view->setProperty(kIsChart, true);
  view->setAccessibleName(name);
}

}  // namespace socklock::gui
