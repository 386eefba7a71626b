// SPDX-License-Identifier: GPL-2.0-or-later
// What a query answered, as rows of a table view. Numbers are as they are, so that they can be copied.
#pragma once

#include <QAbstractTableModel>
#include <cstdint>
#include <optional>
#include <vector>

#include "analyzer/query/query_database.h"

namespace socklock::gui {

class QueryModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  static constexpr int kSortRole = Qt::UserRole;

  explicit QueryModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}
  void show(std::vector<std::string> columns, std::vector<std::vector<analyzer::QueryValue>> rows);
  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  // The number in this column of the row; nothing: there is no such column, or no number.
  [[nodiscard]] std::optional<std::uint64_t> number(int row, const std::string& column) const;

 private:
  std::vector<std::string> columns_;
  std::vector<std::vector<analyzer::QueryValue>> rows_;
};

}  // namespace socklock::gui
