// SPDX-License-Identifier: GPL-2.0-or-later
// Everything about call stacks: the icicle graph, and trees from the top, from the bottom and around a function.
#pragma once

#include <QCheckBox>
#include <QDoubleSpinBox>
#include <QLineEdit>
#include <QRadioButton>
#include <QSortFilterProxyModel>
#include <QToolButton>
#include <QTreeView>

#include "gui/views/page.h"

class QHBoxLayout;
class QLabel;
class QTabWidget;

namespace socklock::gui {

class IcicleView;
class StackTreeModel;

class StacksPage : public Page {
  Q_OBJECT
 public:
  explicit StacksPage(QWidget* parent = nullptr);
  void showFindings(const FindingsPtr& findings) override;
  [[nodiscard]] QLineEdit* search() const override { return search_; }
  // How the graph is drawn: from where, as wide as what, and what is not shown.
  [[nodiscard]] QJsonObject state() const override;
  void setState(const QJsonObject& state) override;
  // Callers and callees of this function, named as it was recorded.
  void chooseFunction(const std::string& function);

  [[nodiscard]] IcicleView* icicle() const { return icicle_; }
  // What the stacks are a sample of; empty where every wait has one.
  [[nodiscard]] QString sampleText() const;
  [[nodiscard]] QLineEdit* hiddenFrames() const { return hidden_; }
  [[nodiscard]] QDoubleSpinBox* leastShare() const { return least_; }
  [[nodiscard]] QCheckBox* folding() const { return folding_; }
  // What the search found.
  [[nodiscard]] QString foundText() const;
  [[nodiscard]] StackTreeModel* callers() const { return callers_; }
  [[nodiscard]] StackTreeModel* callees() const { return callees_; }

 private:
  QHBoxLayout* makeControls();
  void makeWidths();
  QTreeView* makeTree(StackTreeModel* model, const QString& name, QWidget* parent);
  [[nodiscard]] const analyzer::StackNode& topDown() const;
  [[nodiscard]] const analyzer::StackNode& bottomUp() const;
  void showIcicle();
  // Both trees without the frames that are hidden.
  void hideFrames();
  void showTrees();
  void makeShaping(QHBoxLayout* bar);
  QHBoxLayout* makeZoom();

  struct Trees {
    analyzer::StackNode top_down, bottom_up;
  };
  FindingsPtr findings_;
  std::shared_ptr<const Trees> without_hidden_;  // null: all is shown as it was recorded
  IcicleView* icicle_;
  QLineEdit* search_;
  QLineEdit* hidden_;
  QDoubleSpinBox* least_;
  QCheckBox* folding_;
  QToolButton* back_;
  QToolButton* forward_;
  QLabel* found_;
  bool is_bottom_up_ = false;
  std::vector<QRadioButton*> roots_, width_buttons_;
  StackTreeModel* top_down_;
  StackTreeModel* bottom_up_;
  StackTreeModel* callers_;
  StackTreeModel* callees_;
  std::vector<QTreeView*> trees_;
  std::vector<QSortFilterProxyModel*> proxies_;
  QWidget* widths_;
  QLabel* sample_;
  QTabWidget* tabs_;
};

}  // namespace socklock::gui
