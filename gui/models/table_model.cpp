// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/models/table_model.h"

#include <algorithm>
#include <utility>

#include "gui/models/glossary.h"
#include "gui/models/text.h"

namespace socklock::gui {

using analyzer::Column;
using analyzer::Figure;

namespace {

QVariant alignmentOf(const Column& column) {
  return {Qt::AlignVCenter | (column.align == analyzer::Align::kLeft ? Qt::AlignLeft : Qt::AlignRight)};
}

}  // namespace

void TableModel::show(analyzer::Table table) {
  beginResetModel();
  table_ = std::move(table);
  largest_bar_ = 0;
  for (const QString& id : bars_)
    if (const int column = columnOf(id); column >= 0)
      for (const auto& row : table_.rows)
        largest_bar_ = std::max(largest_bar_, row[static_cast<std::size_t>(column)].number().value_or(0));
  endResetModel();
}

void TableModel::setBars(const QStringList& column_ids) { bars_ = column_ids; }

int TableModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(table_.rows.size());
}

int TableModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(table_.columns.size());
}

QString TableModel::idOf(int column) const {
  return QString::fromStdString(table_.columns[static_cast<std::size_t>(column)].id);
}

int TableModel::columnOf(const QString& id) const {
  for (int column = 0; column < columnCount(); ++column)
    if (idOf(column) == id) return column;
  return -1;
}

const Figure* TableModel::figure(const QModelIndex& index) const {
  if (!index.isValid() || index.row() >= rowCount() || index.column() >= columnCount()) return nullptr;
  return &table_.rows[static_cast<std::size_t>(index.row())][static_cast<std::size_t>(index.column())];
}

QString TableModel::tooltip(int column, const Figure& figure) const {
  const Column& described = table_.columns[static_cast<std::size_t>(column)];
  QStringList lines{QStringLiteral("%1: %2").arg(shown(described.title), shown(figure.text()))};
  if (!figure.is_measured() && !figure.is_blank()) {
    const std::string_view why = figure.why_not();
    lines[0] = QStringLiteral("%1: %2").arg(shown(described.title), tr("not measured"));
    if (!why.empty()) lines.append(shown(why));
  }
  if (!described.definition.empty()) lines.append(shown(described.definition));
  return lines.join(QLatin1Char('\n'));
}

QVariant TableModel::data(const QModelIndex& index, int role) const {
  const Figure* const found = figure(index);
  if (found == nullptr) return {};
  switch (role) {
    case Qt::DisplayRole: return shown(found->text());
    case Qt::TextAlignmentRole: return alignmentOf(table_.columns[static_cast<std::size_t>(index.column())]);
    case Qt::ToolTipRole: return tooltip(index.column(), *found);
    case kIdRole: return idOf(index.column());
    case kToneRole: return static_cast<int>(found->tone());
    case kSortRole:
      if (const auto number = found->number()) return *number;
      return found->is_measured() ? QVariant(shown(found->text())) : QVariant();
    case kBarRole:
      if (largest_bar_ <= 0 || !bars_.contains(idOf(index.column()))) return {};
      return found->number().value_or(0) / largest_bar_;
    default: return {};
  }
}

QVariant TableModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || section < 0 || section >= columnCount()) return {};
  const Column& column = table_.columns[static_cast<std::size_t>(section)];
  if (role == Qt::DisplayRole) return shown(column.title);
  if (role == Qt::ToolTipRole) {
    QStringList lines{shown(column.definition), explained(shown(column.title))};
    lines.removeAll(QString());
    return lines.join(QLatin1Char('\n'));
  }
  if (role == Qt::TextAlignmentRole) return alignmentOf(column);
  return {};
}

}  // namespace socklock::gui
