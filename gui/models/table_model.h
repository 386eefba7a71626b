// SPDX-License-Identifier: GPL-2.0-or-later
// A table of figures for table views: what the analyzer describes is shown, and nothing of what a column is, is known
// here. Sorting goes by figures, not by text; what was not measured has no number and is last.
#pragma once

#include <QAbstractTableModel>

#include "analyzer/document/table.h"

namespace socklock::gui {

class TableModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Role {
    kSortRole = Qt::UserRole,
    kToneRole,  // analyzer::Tone, of figures that say something of a change
    kIdRole,    // the column's id
    kBarRole,   // 0 to 1: the figure as a part of the largest of the columns that setBars() names
  };

  explicit TableModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}
  void show(analyzer::Table table);
  // Columns whose figures are drawn to one scale.
  void setBars(const QStringList& column_ids);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

  [[nodiscard]] const analyzer::Table& table() const { return table_; }
  // The identity of a column: no title, which may be translated.
  [[nodiscard]] QString idOf(int column) const;
  [[nodiscard]] int columnOf(const QString& id) const;  // -1: not there

 private:
  [[nodiscard]] const analyzer::Figure* figure(const QModelIndex& index) const;
  [[nodiscard]] QString tooltip(int column, const analyzer::Figure& figure) const;

  analyzer::Table table_;
  QStringList bars_;
  double largest_bar_ = 0;
};

}  // namespace socklock::gui
