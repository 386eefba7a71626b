// SPDX-License-Identifier: GPL-2.0-or-later
// The table of slices: sort, filter by text, group, choose columns, copy; a double click filters everything.
#pragma once

#include <QComboBox>
#include <QLineEdit>
#include <QSortFilterProxyModel>
#include <QTableView>
#include <QWidget>

#include "gui/models/slice_model.h"

namespace socklock::gui {

class BarDelegate;
class ClassDelegate;
class EffectAxis;
class EffectDelegate;
class ToneDelegate;

class SliceTable : public QWidget {
  Q_OBJECT
 public:
  explicit SliceTable(QWidget* parent = nullptr);
  // Widths, order and sorting are remembered.
  ~SliceTable() override;
  void show(const FindingsPtr& findings);

  [[nodiscard]] QTableView* table() const { return table_; }
  [[nodiscard]] QLineEdit* search() const { return search_; }
  [[nodiscard]] QComboBox* grouping() const { return grouping_; }

 Q_SIGNALS:
  void groupingChosen(socklock::gui::Grouping grouping);
  void sliceActivated(const socklock::analyzer::SliceComparison& slice);
  void sliceLeftOut(const socklock::analyzer::SliceComparison& slice);
  void whatIfAsked(const QString& lock_class);

 private:
  void chooseColumns(const QPoint& at);
  void showContextMenu(const QPoint& at);
  void updateColumns();
  QLayout* makeControls();
  void setUpRows();
  void setUpColumns();
  void fitColumns();
  void rememberColumns() const;
  void restoreColumns();

  bool are_widths_by_hand_ = false;  // else they follow what is shown
  bool is_fitting_ = false;          // widths change, and by no hand
  SliceModel* model_;
  QSortFilterProxyModel* proxy_;
  QTableView* table_;
  QLineEdit* search_;
  QComboBox* grouping_;
  BarDelegate* bar_;
  EffectDelegate* effect_;
  EffectAxis* axis_ = nullptr;
  ToneDelegate* tone_;
  ClassDelegate* class_;
};

}  // namespace socklock::gui
