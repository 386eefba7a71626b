// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/app/recent.h"

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QSettings>

namespace socklock::gui {
namespace {

QString sideText(const QStringList& side) {
  if (side.isEmpty()) return {};
  // With its folder, which distinguishes what experiments call their files.
  const QFileInfo info(side.front());
  const QString folder = info.dir().dirName();
  const QString first = folder.isEmpty() ? info.fileName() : folder + QLatin1Char('/') + info.fileName();
  return side.size() == 1 ? first : QStringLiteral("%1 and %2 more").arg(first).arg(side.size() - 1);
}

}  // namespace

QString RecentItem::text() const {
  return after.isEmpty() ? sideText(before) : QStringLiteral("%1  ↔  %2").arg(sideText(before), sideText(after));
}

QVector<RecentItem> recentItems() {
  QSettings settings;
  QVector<RecentItem> items;
  const int size = settings.beginReadArray(QStringLiteral("recent"));
  for (int i = 0; i < size; ++i) {
    settings.setArrayIndex(i);
    items.append({settings.value(QStringLiteral("before")).toStringList(),
                  settings.value(QStringLiteral("after")).toStringList()});
  }
  settings.endArray();
  return items;
}

void rememberRecent(const RecentItem& item) {
  QVector<RecentItem> items = recentItems();
  items.removeAll(item);
  items.prepend(item);
  if (items.size() > kRecentItems) items.resize(kRecentItems);
  QSettings settings;
  settings.beginWriteArray(QStringLiteral("recent"), static_cast<int>(items.size()));
  for (int i = 0; i < items.size(); ++i) {
    settings.setArrayIndex(i);
    settings.setValue(QStringLiteral("before"), items[i].before);
    settings.setValue(QStringLiteral("after"), items[i].after);
  }
  settings.endArray();
}

void useLastFolder(QFileDialog* dialog) {
  const QString key = QStringLiteral("window/folder");
  const QString folder = QSettings().value(key).toString();
  if (!folder.isEmpty()) dialog->setDirectory(folder);
  QObject::connect(dialog, &QFileDialog::fileSelected, dialog,
                   [key](const QString& file) { QSettings().setValue(key, QFileInfo(file).absolutePath()); });
}

}  // namespace socklock::gui
