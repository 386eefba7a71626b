// SPDX-License-Identifier: GPL-2.0-or-later
// The first page: the table of slices, where the wait went, and which call path of which class.
#pragma once

#include <QLabel>

#include "gui/views/page.h"

namespace socklock::gui {

class MatrixValues;
class MatrixView;
class SliceTable;
class WaterfallView;

class ComparisonPage : public Page {
  Q_OBJECT
 public:
  explicit ComparisonPage(QWidget* parent = nullptr);
  void showFindings(const FindingsPtr& findings) override;
  [[nodiscard]] QLineEdit* search() const override;

 private:
  QWidget* makeWaterfall(QWidget* parent);
  QWidget* makeMatrix(QWidget* parent);
  // What is asked for when only this row is to be shown.
  [[nodiscard]] analyzer::Filter conditionOf(const analyzer::SliceComparison& slice) const;

  FindingsPtr findings_;
  SliceTable* slices_ = nullptr;
  WaterfallView* waterfall_ = nullptr;
  QLabel* waterfall_title_ = nullptr;
  MatrixView* matrix_ = nullptr;
  MatrixValues* matrix_values_ = nullptr;
};

}  // namespace socklock::gui
