// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/models/stack_tree_model.h"

#include "gui/models/glossary.h"
#include "gui/models/text.h"

namespace socklock::gui {

using analyzer::StackNode;

void StackTreeModel::show(std::shared_ptr<const void> owner, const StackNode* root, bool is_comparison) {
  beginResetModel();
  owner_ = std::move(owner);
  is_comparison_ = is_comparison;
  items_.clear();
  if (root != nullptr) flatten(*root);
  endResetModel();
}

void StackTreeModel::flatten(const StackNode& root) {
  items_.push_back({&root, 0, 0, 0});
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const StackNode* const node = items_[i].node;
    items_[i].first_child = items_.size();
    for (std::size_t child = 0; child < node->children.size(); ++child)
      items_.push_back({&node->children[child], i, static_cast<int>(child), 0});
  }
}

QModelIndex StackTreeModel::index(int row, int column, const QModelIndex& parent) const {
  if (row < 0 || column < 0 || column >= kColumns || row >= rowCount(parent)) return {};
  const std::size_t item =
      parent.isValid() ? items_[parent.internalId()].first_child + static_cast<std::size_t>(row) : 0;
  return createIndex(row, column, static_cast<quintptr>(item));
}

QModelIndex StackTreeModel::parent(const QModelIndex& index) const {
  if (!index.isValid() || index.internalId() == 0) return {};
  const std::size_t above = items_[index.internalId()].parent;
  return createIndex(items_[above].row, 0, static_cast<quintptr>(above));
}

int StackTreeModel::rowCount(const QModelIndex& parent) const {
  if (!parent.isValid()) return items_.empty() ? 0 : 1;
  return parent.column() > 0 ? 0 : static_cast<int>(items_[parent.internalId()].node->children.size());
}

int StackTreeModel::columnCount(const QModelIndex& /*parent*/) const { return kColumns; }

QVariant StackTreeModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const StackNode& node = *items_[index.internalId()].node;
  const bool is_name = index.column() == kFunction;
  if (role == Qt::TextAlignmentRole)
    return is_name ? QVariant(Qt::AlignLeft | Qt::AlignVCenter) : QVariant(Qt::AlignRight | Qt::AlignVCenter);
  if (role == Qt::ToolTipRole)
    return is_comparison_
               ? tr("%1\n%2 before, %3 after").arg(shown(node.function), ns(node.before_ns), ns(node.after_ns))
               : tr("%1\n%2").arg(shown(node.function), ns(node.before_ns));
  if (role != Qt::DisplayRole && role != kSortRole) return {};
  const bool is_text = role == Qt::DisplayRole;
  switch (index.column()) {
    case kFunction: return shown(node.function);
    case kBefore: return is_text ? QVariant(ns(node.before_ns)) : QVariant(node.before_ns);
    case kAfter: return is_text ? QVariant(ns(node.after_ns)) : QVariant(node.after_ns);
    case kChange: return is_text ? QVariant(delta(node.delta_ns())) : QVariant(node.delta_ns());
    default: return {};
  }
}

QVariant StackTreeModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (role == Qt::ToolTipRole) return explained(headerData(section, orientation, Qt::DisplayRole).toString());
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  switch (section) {
    case kFunction: return tr("function");
    case kBefore: return is_comparison_ ? tr("before") : tr("wait");
    case kAfter: return tr("after");
    case kChange: return tr("change");
    default: return {};
  }
}

}  // namespace socklock::gui
