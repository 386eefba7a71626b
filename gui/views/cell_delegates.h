// SPDX-License-Identifier: GPL-2.0-or-later
// Cells of a table that are more than text: a wait as text over a bar, an effect as an interval drawn
// to scale, what says something of a change in its colour.
#pragma once

#include <QStyledItemDelegate>
#include <utility>
#include <vector>

namespace socklock::gui {

class BarDelegate : public QStyledItemDelegate {
  Q_OBJECT
 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

class EffectDelegate : public QStyledItemDelegate {
  Q_OBJECT
 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  // Of the whole column, so that rows can be compared: ratios from 1/span to span, band of 1 +- threshold.
  void setScale(double span, double threshold);
  // Pixels that the longest of the effects needs in words.
  void setTextWidth(int width) { text_width_ = width; }
  // What has a tick on the scale, and where in a cell of this place it is: ratio and x.
  [[nodiscard]] std::vector<std::pair<double, double>> ticks(const QRectF& cell) const;
  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

 private:
  double span_ = 2;
  double threshold_ = 0.05;
  int text_width_ = 0;
};

// A lock class, behind a square of its colour.
class ClassDelegate : public QStyledItemDelegate {
  Q_OBJECT
 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override;
};

class ToneDelegate : public QStyledItemDelegate {
  Q_OBJECT
 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override;
};

}  // namespace socklock::gui
