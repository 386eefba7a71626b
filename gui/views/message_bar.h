// SPDX-License-Identifier: GPL-2.0-or-later
// One line above everything for what went wrong or needs to be known: no dialog for each error.
#pragma once

#include <QFrame>
#include <QLabel>

namespace socklock::gui {

class MessageBar : public QFrame {
  Q_OBJECT
 public:
  explicit MessageBar(QWidget* parent = nullptr);
  void say(const QString& words, const QString& hint);
  [[nodiscard]] QString text() const { return label_->text(); }

 private:
  QLabel* label_;
};

}  // namespace socklock::gui
