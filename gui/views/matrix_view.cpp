// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/matrix_view.h"

#include <QHBoxLayout>
#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QRadioButton>
#include <QToolTip>
#include <algorithm>
#include <cmath>
#include <utility>

#include "gui/models/text.h"
#include "gui/views/theme.h"

namespace socklock::gui {

MatrixView::MatrixView(QWidget* parent) : QWidget(parent) {
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
}

void MatrixView::show(Matrix matrix) {
  matrix_ = std::move(matrix);
  current_.reset();
  layOut();
  update();
}

void MatrixView::setValue(MatrixValue value) {
  value_ = value;
  layOut();
  update();
}

double MatrixView::number(const MatrixCell& cell) const {
  if (value_ == MatrixValue::kBefore || !matrix_.is_comparison) return cell.before_ns;
  return value_ == MatrixValue::kAfter ? cell.after_ns : cell.after_ns - cell.before_ns;
}

void MatrixView::layOut() {
  const int room = std::max(2, height() / (fontMetrics().height() + 10) - 1);
  rows_ = std::min(room, static_cast<int>(matrix_.rows.size()));
  max_ = 0;
  for (int row = 0; row < rows_; ++row)
    for (const auto& cell : matrix_.cells[static_cast<std::size_t>(row)])
      if (cell) max_ = std::max(max_, std::fabs(number(*cell)));
}

QRectF MatrixView::rectOf(Place place) const {
  const double names = std::min(0.3 * width(), fontMetrics().averageCharWidth() * 24.0);
  const double title_height = fontMetrics().height() + 8.0;
  const double cell_width = (width() - names) / static_cast<double>(std::max<qsizetype>(1, matrix_.columns.size()));
  const double cell_height = std::min(34.0, (height() - title_height) / std::max(1, rows_));
  const double left = place.column < 0 ? 0 : names + place.column * cell_width;
  const double top = place.row < 0 ? 0 : title_height + place.row * cell_height;
  return {left, top, place.column < 0 ? names : cell_width, place.row < 0 ? title_height : cell_height};
}

std::optional<MatrixView::Place> MatrixView::placeAt(QPointF at) const {
  for (int row = -1; row < rows_; ++row)
    for (int column = -1; column < static_cast<int>(matrix_.columns.size()); ++column)
      if (rectOf({row, column}).contains(at) && (row >= 0 || column >= 0)) return Place{row, column};
  return std::nullopt;
}

QRectF MatrixView::cellRect(const QString& row, const QString& column) const {
  const auto at_row = matrix_.rows.indexOf(row), at_column = matrix_.columns.indexOf(column);
  if (at_row < 0 || at_row >= rows_ || at_column < 0) return {};
  return rectOf({static_cast<int>(at_row), static_cast<int>(at_column)});
}

const MatrixCell* MatrixView::cellAt(Place place) const {
  if (place.row < 0 || place.column < 0) return nullptr;
  const auto& cell = matrix_.cells[static_cast<std::size_t>(place.row)][static_cast<std::size_t>(place.column)];
  return cell ? &*cell : nullptr;
}

void MatrixView::paintCell(QPainter& painter, const QRectF& area, const MatrixCell& cell) const {
  const Theme theme = themeOf(palette());
  const double value = number(cell);
  // The square root, so that a tenth of the largest can still be seen.
  const double strength = max_ > 0 ? std::sqrt(std::fabs(value) / max_) : 0;
  const bool is_change = value_ == MatrixValue::kChange && matrix_.is_comparison;
  const QColor strong = is_change ? theme.ofChange(value) : value_ == MatrixValue::kAfter ? theme.after : theme.before;
  const QColor fill = theme.faded(strong, 0.06 + 0.86 * strength);
  painter.fillRect(area.adjusted(1, 1, -1, -1), fill);
  painter.setPen(Theme::textOn(fill));
  const QString text = is_change ? (value < 0   ? QStringLiteral("▼ ")
                                    : value > 0 ? QStringLiteral("▲ ")
                                                : QString()) +
                                       ns(std::fabs(value))
                                 : ns(value);
  painter.drawText(area, Qt::AlignCenter,
                   fontMetrics().elidedText(text, Qt::ElideRight, static_cast<int>(area.width()) - 2));
}

void MatrixView::paintEvent(QPaintEvent* /*event*/) {
  QPainter painter(this);
  const Theme theme = themeOf(palette());
  painter.fillRect(rect(), theme.paper);
  if (matrix_.rows.isEmpty() || matrix_.columns.isEmpty()) {
    painter.setPen(theme.soft);
    painter.drawText(rect(), Qt::AlignCenter, tr("No waits to show."));
    return;
  }
  painter.setPen(theme.soft);
  for (int column = 0; column < static_cast<int>(matrix_.columns.size()); ++column)
    painter.drawText(rectOf({-1, column}), Qt::AlignCenter, matrix_.columns[column]);
  for (int row = 0; row < rows_; ++row) {
    const QRectF name = rectOf({row, -1}).adjusted(2, 0, -8, 0);
    painter.setPen(theme.ink);
    painter.drawText(name, static_cast<int>(Qt::AlignRight | Qt::AlignVCenter),
                     fontMetrics().elidedText(matrix_.rows[row], Qt::ElideMiddle, static_cast<int>(name.width())));
    for (int column = 0; column < static_cast<int>(matrix_.columns.size()); ++column) {
      const QRectF area = rectOf({row, column});
      painter.fillRect(area.adjusted(1, 1, -1, -1), theme.faded(theme.zone, 0.5));
      if (const MatrixCell* const cell = cellAt({row, column})) paintCell(painter, area, *cell);
    }
  }
  if (current_) {
    painter.setPen(QPen(theme.ink, 1.5));
    painter.drawRect(rectOf(*current_).adjusted(1, 1, -1, -1));
  }
}

void MatrixView::resizeEvent(QResizeEvent* event) {
  layOut();
  QWidget::resizeEvent(event);
}

void MatrixView::activate(Place place) {
  if (place.row >= 0 && place.column >= 0 && cellAt(place) == nullptr) return;
  Q_EMIT cellActivated(place.row < 0 ? QString() : matrix_.rows[place.row],
                       place.column < 0 ? QString() : matrix_.columns[place.column]);
}

void MatrixView::mousePressEvent(QMouseEvent* event) {
  const auto place = placeAt(event->position());
  if (event->button() == Qt::LeftButton && place) activate(*place);
}

void MatrixView::mouseMoveEvent(QMouseEvent* event) {
  const auto place = placeAt(event->position());
  setCursor(place ? Qt::PointingHandCursor : Qt::ArrowCursor);
  if (place != current_) {
    current_ = place;
    update();
  }
}

void MatrixView::keyPressEvent(QKeyEvent* event) {
  Place place = current_.value_or(Place{0, 0});
  switch (event->key()) {
    case Qt::Key_Left: --place.column; break;
    case Qt::Key_Right: ++place.column; break;
    case Qt::Key_Up: --place.row; break;
    case Qt::Key_Down: ++place.row; break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
      if (current_) activate(*current_);
      return;
    default: QWidget::keyPressEvent(event); return;
  }
  place.row = std::clamp(place.row, -1, rows_ - 1);
  place.column = std::clamp(place.column, -1, static_cast<int>(matrix_.columns.size()) - 1);
  if (place.row >= 0 || place.column >= 0) current_ = place;
  update();
}

bool MatrixView::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip) return QWidget::event(event);
  const auto* const help = static_cast<QHelpEvent*>(event);
  const auto place = placeAt(help->pos());
  const MatrixCell* const cell = place ? cellAt(*place) : nullptr;
  if (cell == nullptr)
    QToolTip::hideText();
  else
    QToolTip::showText(help->globalPos(), cell->help + tr("\nClick to see only this."), this);
  return true;
}

MatrixValues::MatrixValues(MatrixView* view, QWidget* parent) : QWidget(parent) {
  auto* const layout = new QHBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  for (const auto& [text, value] : {std::pair{tr("change"), MatrixValue::kChange},
                                    {tr("before"), MatrixValue::kBefore},
                                    {tr("after"), MatrixValue::kAfter}}) {
    auto* const button = new QRadioButton(text, this);
    button->setChecked(value == MatrixValue::kChange);
    layout->addWidget(button);
    connect(button, &QRadioButton::clicked, view, [view, chosen = value] { view->setValue(chosen); });
  }
}

}  // namespace socklock::gui
