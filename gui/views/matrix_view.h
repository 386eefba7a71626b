// SPDX-License-Identifier: GPL-2.0-or-later
// Lock classes by call paths as a heat map of the wait before, after, or its change. A click on a cell, a
// class or a path filters everything.
#pragma once

#include <QWidget>
#include <optional>
#include <vector>

#include "gui/jobs/analysis.h"

namespace socklock::gui {

enum class MatrixValue { kChange, kBefore, kAfter };

class MatrixView : public QWidget {
  Q_OBJECT
 public:
  explicit MatrixView(QWidget* parent = nullptr);
  void show(const FindingsPtr& findings);
  void setValue(MatrixValue value);
  [[nodiscard]] MatrixValue value() const { return value_; }
  QSize minimumSizeHint() const override { return {380, 150}; }
  // Where the cell of a class and a path is; empty when it is not shown.
  [[nodiscard]] QRectF cellRect(const QString& lock_class, analyzer::CallPath path) const;

 Q_SIGNALS:
  // An empty class is all classes; no path is all paths.
  void cellActivated(const QString& lock_class, std::optional<socklock::analyzer::CallPath> path);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool event(QEvent* event) override;

 private:
  struct Place {
    int row = -1;     // of classes_; -1: the titles of paths
    int column = -1;  // of paths_; -1: the names of classes
    bool operator==(const Place&) const = default;
  };
  void layOut();
  void activate(Place place);
  [[nodiscard]] std::optional<Place> placeAt(QPointF at) const;
  [[nodiscard]] QRectF rectOf(Place place) const;
  [[nodiscard]] const analyzer::SliceComparison* sliceAt(Place place) const;
  [[nodiscard]] double number(const analyzer::SliceComparison& slice) const;
  void paintCell(QPainter& painter, const QRectF& area, const analyzer::SliceComparison& slice) const;

  FindingsPtr findings_;
  MatrixValue value_ = MatrixValue::kChange;
  QStringList classes_;
  std::vector<analyzer::CallPath> paths_;
  std::vector<std::vector<const analyzer::SliceComparison*>> cells_;
  double max_ = 0;
  std::optional<Place> current_;
};

}  // namespace socklock::gui
