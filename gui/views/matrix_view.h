// SPDX-License-Identifier: GPL-2.0-or-later
// Wait by two things at a time as a heat map: before, after, or its change. A click asks for a cell, row or column.
// Rows beyond those that there is room for are scrolled to.
#pragma once

#include <QWidget>
#include <optional>

#include "gui/models/matrices.h"

namespace socklock::gui {

enum class MatrixValue { kChange, kBefore, kAfter };

class MatrixView : public QWidget {
  Q_OBJECT
 public:
  explicit MatrixView(QWidget* parent = nullptr);
  void show(Matrix matrix);
  void setValue(MatrixValue value);
  [[nodiscard]] MatrixValue value() const { return value_; }
  QSize minimumSizeHint() const override { return {380, 150}; }
  // Where a cell is; empty when it is not shown.
  [[nodiscard]] QRectF cellRect(const QString& row, const QString& column) const;
  [[nodiscard]] bool isEmpty() const { return matrix_.rows.empty(); }
  // Of a change, the longest first: an arrow is in each, however narrow the cell.
  [[nodiscard]] static QStringList changeTexts(double value_ns);
  // What stands where there are no rows.
  [[nodiscard]] QString whyEmpty() const { return matrix_.why_empty; }
 Q_SIGNALS:
  // A cell is what its row and its column stand for.
  void activated(const socklock::analyzer::Filter& more, const QString& what);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool event(QEvent* event) override;

 private:
  struct Place {
    int row = -1;     // of the matrix; -1: the titles of columns
    int column = -1;  // of the matrix; -1: the names of rows
    bool operator==(const Place&) const = default;
  };
  void layOut();
  void activate(Place place);
  void scrollTo(int first);
  [[nodiscard]] std::optional<Place> placeAt(QPointF at) const;
  [[nodiscard]] QRectF rectOf(Place place) const;
  [[nodiscard]] const MatrixCell* cellAt(Place place) const;
  [[nodiscard]] double number(const MatrixCell& cell) const;
  [[nodiscard]] int count() const { return static_cast<int>(matrix_.rows.size()); }
  [[nodiscard]] int columns() const { return static_cast<int>(matrix_.columns.size()); }
  void paintTitles(QPainter& painter) const;
  void paintCell(QPainter& painter, const QRectF& area, const MatrixCell& cell) const;

  Matrix matrix_;
  MatrixValue value_ = MatrixValue::kChange;
  int first_ = 0;  // row that is shown
  int rows_ = 0;   // that are shown
  double max_ = 0;
  std::optional<Place> current_;
};

// The buttons that choose what the matrix of a comparison shows, and what its colours say.
class MatrixValues : public QWidget {
  Q_OBJECT
 public:
  MatrixValues(MatrixView* view, QWidget* parent);
};

}  // namespace socklock::gui
