// SPDX-License-Identifier: GPL-2.0-or-later
// The scale of a table's effects, below it and in line with their column.
#pragma once

#include <QTableView>
#include <QWidget>

namespace socklock::gui {

class EffectDelegate;

class EffectAxis : public QWidget {
  Q_OBJECT
 public:
  EffectAxis(QTableView* table, const EffectDelegate* effect, QWidget* parent);
  // -1: there is none, and nothing is shown.
  void setColumn(int column);
  QSize sizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QTableView* table_;
  const EffectDelegate* effect_;
  int column_ = -1;
};

}  // namespace socklock::gui
