// SPDX-License-Identifier: GPL-2.0-or-later
// What capability level 2 measured: who held what others waited for, acquisitions, hold times.
#pragma once

#include <QLabel>
#include <QTabWidget>
#include <QWidget>

#include "analyzer/document/table.h"
#include "gui/jobs/analysis.h"

namespace socklock::gui {

class MatrixView;

class Level2Page : public QWidget {
  Q_OBJECT
 public:
  explicit Level2Page(QWidget* parent = nullptr);
  void show(const FindingsPtr& findings);
  [[nodiscard]] MatrixView* matrix() const { return matrix_; }
  [[nodiscard]] QTabWidget* tables() const { return tables_; }
  // What was not measured and why; empty when all was.
  [[nodiscard]] QString notes() const { return notes_->text(); }

 Q_SIGNALS:
  void waiterActivated(socklock::analyzer::CallPath path);

 private:
  void showTable(const analyzer::Table& table);

  QLabel* title_;
  MatrixView* matrix_;
  QWidget* values_;
  QLabel* notes_;
  QTabWidget* tables_;
};

}  // namespace socklock::gui
