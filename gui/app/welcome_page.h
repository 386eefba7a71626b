// SPDX-License-Identifier: GPL-2.0-or-later
// What a window without traces shows: how to get some, and what was open before.
#pragma once

#include <QVBoxLayout>
#include <QWidget>

#include "gui/app/recent.h"

namespace socklock::gui {

class WelcomePage : public QWidget {
  Q_OBJECT
 public:
  explicit WelcomePage(QWidget* parent = nullptr);
  void refresh();

 Q_SIGNALS:
  void openWanted();
  void compareWanted();
  void recentChosen(const socklock::gui::RecentItem& item);

 private:
  QVBoxLayout* recent_;
};

}  // namespace socklock::gui
