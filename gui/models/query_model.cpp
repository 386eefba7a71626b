// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/models/query_model.h"

#include <algorithm>
#include <utility>

#include "analyzer/query/table.h"
#include "gui/models/text.h"

namespace socklock::gui {

using Kind = analyzer::QueryValue::Kind;

void QueryModel::show(std::vector<std::string> columns, std::vector<std::vector<analyzer::QueryValue>> rows) {
  beginResetModel();
  columns_ = std::move(columns);
  rows_ = std::move(rows);
  endResetModel();
}

int QueryModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int QueryModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(columns_.size());
}

QVariant QueryModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const auto& value = rows_[static_cast<std::size_t>(index.row())][static_cast<std::size_t>(index.column())];
  const bool is_number = value.kind == Kind::kNumber;
  switch (role) {
    case Qt::DisplayRole: return shown(value.text);
    // Call stacks are longer than a column.
    case Qt::ToolTipRole: return is_number ? QVariant() : QVariant(shown(value.text));
    case Qt::TextAlignmentRole:
      return is_number ? QVariant(Qt::AlignRight | Qt::AlignVCenter) : QVariant(Qt::AlignLeft | Qt::AlignVCenter);
    case kSortRole:
      if (value.kind == Kind::kNull) return {};
      return is_number ? QVariant(QString::fromStdString(value.text).toDouble()) : QVariant(shown(value.text));
    default: return {};
  }
}

namespace {

// Of the first table that has it: names mean the same in all.
QString meaningOf(const std::string& name) {
  for (const analyzer::QueryTable& table : analyzer::query_tables())
    for (const analyzer::TableColumn& column : table.columns)
      if (column.name == name) return shown(std::string(column.meaning));
  return QObject::tr("%1: as the query names it").arg(shown(name));
}

}  // namespace

QVariant QueryModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (role == Qt::ToolTipRole && orientation == Qt::Horizontal)
    return meaningOf(columns_[static_cast<std::size_t>(section)]);
  if (role != Qt::DisplayRole) return {};
  if (orientation == Qt::Vertical) return section + 1;
  return shown(columns_[static_cast<std::size_t>(section)]);
}

std::optional<std::uint64_t> QueryModel::number(int row, const std::string& column) const {
  const auto found = std::find(columns_.begin(), columns_.end(), column);
  if (found == columns_.end() || row < 0 || row >= rowCount()) return std::nullopt;
  const auto& value = rows_[static_cast<std::size_t>(row)][static_cast<std::size_t>(found - columns_.begin())];
  bool is_number = false;
  const qulonglong number = QString::fromStdString(value.text).toULongLong(&is_number);
  return is_number ? std::optional<std::uint64_t>(number) : std::nullopt;
}

}  // namespace socklock::gui
