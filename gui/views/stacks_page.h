// SPDX-License-Identifier: GPL-2.0-or-later
// Everything about call stacks: the icicle graph, and trees from the top, from the bottom and around a function.
#pragma once

#include <QLineEdit>
#include <QSortFilterProxyModel>
#include <QTreeView>
#include <QWidget>

#include "gui/jobs/analysis.h"

class QTabWidget;

namespace socklock::gui {

class IcicleView;
class StackTreeModel;

class StacksPage : public QWidget {
  Q_OBJECT
 public:
  explicit StacksPage(QWidget* parent = nullptr);
  void show(const FindingsPtr& findings);
  // Callers and callees of this function.
  void chooseFunction(const QString& function);

  [[nodiscard]] IcicleView* icicle() const { return icicle_; }
  [[nodiscard]] QLineEdit* search() const { return search_; }
  [[nodiscard]] StackTreeModel* callers() const { return callers_; }
  [[nodiscard]] StackTreeModel* callees() const { return callees_; }

 Q_SIGNALS:
  void functionFiltered(const QString& function);

 private:
  QTreeView* makeTree(StackTreeModel* model, QWidget* parent);
  void showIcicle();

  FindingsPtr findings_;
  IcicleView* icicle_;
  QLineEdit* search_;
  bool is_bottom_up_ = false;
  StackTreeModel* top_down_;
  StackTreeModel* bottom_up_;
  StackTreeModel* callers_;
  StackTreeModel* callees_;
  std::vector<QTreeView*> trees_;
  std::vector<QSortFilterProxyModel*> proxies_;
  QWidget* widths_;
  QTabWidget* tabs_;
};

}  // namespace socklock::gui
