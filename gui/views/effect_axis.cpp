// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/effect_axis.h"

#include <QHeaderView>
#include <QPainter>
#include <QScrollBar>
#include <algorithm>
#include <vector>

#include "gui/models/text.h"
#include "gui/views/cell_delegates.h"
#include "gui/views/theme.h"

namespace socklock::gui {
namespace {

constexpr double kGap = 5;

}  // namespace

EffectAxis::EffectAxis(QTableView* table, const EffectDelegate* effect, QWidget* parent)
    : QWidget(parent), table_(table), effect_(effect) {
  setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
  const auto follow = [this] { update(); };
  connect(table->horizontalHeader(), &QHeaderView::geometriesChanged, this, follow);
  connect(table->horizontalHeader(), &QHeaderView::sectionResized, this, follow);
  connect(table->horizontalHeader(), &QHeaderView::sectionMoved, this, follow);
  connect(table->horizontalScrollBar(), &QScrollBar::valueChanged, this, follow);
}

void EffectAxis::setColumn(int column) {
  column_ = column;
  setVisible(column >= 0 && !table_->isColumnHidden(column));
  update();
}

QSize EffectAxis::sizeHint() const { return {100, fontMetrics().height() + 4}; }

void EffectAxis::paintEvent(QPaintEvent* /*event*/) {
  if (column_ < 0) return;
  const QHeaderView* const header = table_->horizontalHeader();
  const double left =
      table_->viewport()->mapTo(table_->parentWidget(), QPoint()).x() - x() + header->sectionViewportPosition(column_);
  const QRectF cell(left, 0, header->sectionSize(column_), height());
  QPainter painter(this);
  painter.setPen(themeOf(palette()).soft);
  std::vector<QRectF> labels;
  for (const auto& [ratio, at] : effect_->ticks(cell)) {
    const QString text = number(ratio) + QStringLiteral("×");
    const double wide = fontMetrics().horizontalAdvance(text) + 2.0;
    const QRectF label(std::max(0.0, at - wide / 2), 3, wide, fontMetrics().height());
    painter.drawLine(QPointF(at, 0), QPointF(at, 3));
    // Where the scale is narrow, 1 and what has room beside it.
    const bool has_room = std::none_of(labels.begin(), labels.end(), [&label](const QRectF& other) {
      return other.adjusted(-kGap, 0, kGap, 0).intersects(label);
    });
    if (!has_room) continue;
    labels.push_back(label);
    painter.drawText(label, Qt::AlignCenter, text);
  }
}

}  // namespace socklock::gui
