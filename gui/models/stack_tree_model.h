// SPDX-License-Identifier: GPL-2.0-or-later
// A tree of call stacks of both sides for tree views.
#pragma once

#include <QAbstractItemModel>
#include <memory>
#include <vector>

#include "gui/jobs/analysis.h"

namespace socklock::gui {

class StackTreeModel : public QAbstractItemModel {
  Q_OBJECT
 public:
  enum Column { kFunction, kBefore, kAfter, kChange, kColumns };
  static constexpr int kSortRole = Qt::UserRole;

  explicit StackTreeModel(QObject* parent = nullptr) : QAbstractItemModel(parent) {}
  // `owner` keeps `root` alive. The root is the one top-level item.
  void show(std::shared_ptr<const void> owner, const analyzer::StackNode* root, bool is_comparison);

  QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
  QModelIndex parent(const QModelIndex& index) const override;
  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  struct Item {
    const analyzer::StackNode* node;
    std::size_t parent;
    int row;
    std::size_t first_child;
  };
  void flatten(const analyzer::StackNode& root);

  std::shared_ptr<const void> owner_;
  std::vector<Item> items_;  // breadth first, so that children are next to each other
  bool is_comparison_ = true;
};

}  // namespace socklock::gui
