// SPDX-License-Identifier: GPL-2.0-or-later
// What the heat maps show.
#pragma once

#include <QString>
#include <QStringList>
#include <optional>
#include <vector>

#include "gui/jobs/analysis.h"

namespace socklock::gui {

struct MatrixCell {
  double before_ns = 0;  // per unit of work
  double after_ns = 0;
  bool is_clear = false;  // improved or regressed without question
  QString help;
};

// A row or a column.
struct MatrixLine {
  QString title;
  analyzer::Filter filter;  // what it stands for
};

struct Matrix {
  std::vector<MatrixLine> rows;
  std::vector<MatrixLine> columns;
  std::vector<std::vector<std::optional<MatrixCell>>> cells;  // [row][column]
  bool is_comparison = false;                                 // else only what is before
  QString why_empty;
};

// Wait by lock class (most wait first) and call path.
Matrix classPathMatrix(const Findings& findings);
// Wait for owners by the waiter's call path and the holder's; "(not known)" is the last column.
Matrix waiterHolderMatrix(const Findings& findings);

}  // namespace socklock::gui
