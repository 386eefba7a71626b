// SPDX-License-Identifier: GPL-2.0-or-later
// Acquisitions, hold times, and who held what others waited for.
#pragma once

#include <QLabel>
#include <QTabWidget>

#include "analyzer/document/table.h"
#include "gui/views/page.h"

namespace socklock::gui {

class MatrixView;

class AcquisitionsPage : public Page {
  Q_OBJECT
 public:
  explicit AcquisitionsPage(QWidget* parent = nullptr);
  void showFindings(const FindingsPtr& findings) override;
  [[nodiscard]] MatrixView* matrix() const { return matrix_; }
  [[nodiscard]] QTabWidget* tables() const { return tables_; }
  // What was not measured and why; empty when all was.
  [[nodiscard]] QString notes() const { return notes_->text(); }

 private:
  void showTable(const analyzer::Table& table);

  QWidget* above_ = nullptr;
  QLabel* title_;
  MatrixView* matrix_;
  QWidget* values_;
  QLabel* notes_;
  QTabWidget* tables_;
};

}  // namespace socklock::gui
