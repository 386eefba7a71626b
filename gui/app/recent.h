// SPDX-License-Identifier: GPL-2.0-or-later
// What was opened lately, remembered from start to start.
#pragma once

#include <QString>
#include <QStringList>
#include <QVector>

class QFileDialog;

namespace socklock::gui {

struct RecentItem {
  QStringList before;
  QStringList after;
  bool operator==(const RecentItem&) const = default;
  // "before-1.slk and 5 more ↔ after-1.slk and 5 more".
  [[nodiscard]] QString text() const;
};

inline constexpr int kRecentItems = 10;

QVector<RecentItem> recentItems();  // newest first
void rememberRecent(const RecentItem& item);
// The dialog begins where the last file was chosen, and remembers where this one is.
void useLastFolder(QFileDialog* dialog);

}  // namespace socklock::gui
