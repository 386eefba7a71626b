// SPDX-License-Identifier: GPL-2.0-or-later
// Where the wait went: from the whole before to the whole after, a step a lock class, whose steps add up.
// Of one side alone: what the whole is made of.
#pragma once

#include <QWidget>

#include "gui/jobs/analysis.h"

namespace socklock::gui {

class WaterfallView : public QWidget {
  Q_OBJECT
 public:
  explicit WaterfallView(QWidget* parent = nullptr);
  void show(const FindingsPtr& findings);
  QSize minimumSizeHint() const override { return {320, 150}; }

 Q_SIGNALS:
  void activated(const socklock::analyzer::Filter& more, const QString& what);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool event(QEvent* event) override;

 private:
  struct Row {
    QString name;
    QString words;
    QString tooltip;
    double from = 0, to = 0;  // ns per unit of work
    bool is_total = false;
    bool is_after = false;
    bool is_class = false;
    bool is_clear = false;         // fell, rose, moved without question
    analyzer::Filter filter = {};  // what it stands for
  };
  void layOut();
  [[nodiscard]] Row totalRow(bool is_after) const;
  [[nodiscard]] Row classRow(const analyzer::MovedWait& moved, double level) const;
  [[nodiscard]] Row restRow(std::size_t left_out, double level) const;
  void activate(int row);
  [[nodiscard]] QColor colourOf(const Row& row) const;
  void paintRow(QPainter& painter, std::size_t index, double y) const;
  [[nodiscard]] int rowAt(double y) const;
  [[nodiscard]] double rowHeight() const;

  FindingsPtr findings_;
  std::vector<Row> rows_;
  double max_ = 1;
  int current_ = -1;
};

}  // namespace socklock::gui
