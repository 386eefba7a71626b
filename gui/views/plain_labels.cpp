// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/plain_labels.h"

#include <QCoreApplication>
#include <QEvent>
#include <QLabel>

namespace socklock::gui {
namespace {

class PlainLabels : public QObject {
 public:
  using QObject::QObject;

  bool eventFilter(QObject* watched, QEvent* event) override {
    // A label is polished before its size is asked for, which is when pictures would be loaded; a tooltip before it
    // has a text. Painting is the last chance for a format that was set later.
    if (event->type() == QEvent::Polish || event->type() == QEvent::Paint)
      if (auto* const label = qobject_cast<QLabel*>(watched); label != nullptr && label->textFormat() != Qt::PlainText)
        label->setTextFormat(Qt::PlainText);
    return QObject::eventFilter(watched, event);
  }
};

}  // namespace

void keepLabelsPlain() {
  static const QString kName = QStringLiteral("plainLabels");
  QCoreApplication* const application = QCoreApplication::instance();
  if (application->findChild<QObject*>(kName, Qt::FindDirectChildrenOnly) != nullptr) return;
  auto* const filter = new PlainLabels(application);
  filter->setObjectName(kName);
  application->installEventFilter(filter);
}

}  // namespace socklock::gui
