// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/matrix_view.h"

#include <QHBoxLayout>
#include <QHelpEvent>
#include <QLabel>
#include <QMouseEvent>
#include <QPainter>
#include <QRadioButton>
#include <QToolTip>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>
#include <utility>

#include "analyzer/measure/conditions.h"
#include "gui/models/text.h"
#include "gui/views/theme.h"

namespace socklock::gui {

namespace {

// Below this, in pixels, digits are guessed at.
constexpr int kMinTextPixels = 8;

// The first of these texts that fits, if need be in smaller letters: a number that lost its unit would mislead.
void drawFitting(QPainter& painter, const QRectF& area, const QStringList& texts) {
  const QFont was = painter.font();
  const double room = area.width() - 4;
  QFont font = was;
  for (int pixels = QFontInfo(was).pixelSize(); pixels >= kMinTextPixels; --pixels) {
    font.setPixelSize(pixels);
    for (const QString& text : texts) {
      if (QFontMetricsF(font).horizontalAdvance(text) > room) continue;
      painter.setFont(font);
      painter.drawText(area, Qt::AlignCenter, text);
      painter.setFont(was);
      return;
    }
  }
}

}  // namespace

MatrixView::MatrixView(QWidget* parent) : QWidget(parent) {
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
}

void MatrixView::show(Matrix matrix) {
  matrix_ = std::move(matrix);
  first_ = 0;
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
  rows_ = std::min(room, count());
  first_ = std::clamp(first_, 0, count() - rows_);
  max_ = 0;
  for (const auto& row : matrix_.cells)
    for (const auto& cell : row)
      if (cell) max_ = std::max(max_, std::fabs(number(*cell)));
}

void MatrixView::scrollTo(int first) {
  first_ = std::clamp(first, 0, count() - rows_);
  update();
}

QRectF MatrixView::rectOf(Place place) const {
  const double names = std::min(0.3 * width(), fontMetrics().averageCharWidth() * 24.0);
  const double title_height = fontMetrics().height() + 8.0;
  const double cell_width = (width() - names) / std::max(1, columns());
  const double cell_height = std::min(34.0, (height() - title_height) / std::max(1, rows_));
  const double left = place.column < 0 ? 0 : names + place.column * cell_width;
  const double top = place.row < 0 ? 0 : title_height + (place.row - first_) * cell_height;
  return {left, top, place.column < 0 ? names : cell_width, place.row < 0 ? title_height : cell_height};
}

std::optional<MatrixView::Place> MatrixView::placeAt(QPointF at) const {
  for (int row = first_ - 1; row < first_ + rows_; ++row)
    for (int column = -1; column < columns(); ++column) {
      const Place place{row < first_ ? -1 : row, column};
      if (rectOf(place).contains(at) && (place.row >= 0 || column >= 0)) return place;
    }
  return std::nullopt;
}

QRectF MatrixView::cellRect(const QString& row, const QString& column) const {
  const auto position = [](const std::vector<MatrixLine>& lines, const QString& title) {
    const auto found = std::find_if(lines.begin(), lines.end(), [&](const auto& line) { return line.title == title; });
    return found == lines.end() ? -1 : static_cast<int>(found - lines.begin());
  };
  const int at_row = position(matrix_.rows, row), at_column = position(matrix_.columns, column);
  if (at_row < first_ || at_row >= first_ + rows_ || at_column < 0) return {};
  return rectOf({at_row, at_column});
}

const MatrixCell* MatrixView::cellAt(Place place) const {
  if (place.row < 0 || place.column < 0) return nullptr;
  const auto& cell = matrix_.cells[static_cast<std::size_t>(place.row)][static_cast<std::size_t>(place.column)];
  return cell ? &*cell : nullptr;
}

QStringList MatrixView::changeTexts(double value_ns) {
  if (value_ns == 0) return {ns(0)};
  const QString sign = value_ns < 0 ? QStringLiteral("▼") : QStringLiteral("▲");
  // Of a per cent of a nanosecond, digits tell nobody anything here; the tooltip has them.
  const QString size = std::fabs(value_ns) < 0.01 ? QStringLiteral("<0.01 ns") : ns(std::fabs(value_ns));
  return {sign + QLatin1Char(' ') + size, sign + size};
}

void MatrixView::paintCell(QPainter& painter, const QRectF& area, const MatrixCell& cell) const {
  const Theme theme = themeOf(palette());
  const double value = number(cell);
  // The square root, so that a tenth of the largest can still be seen.
  const double strength = max_ > 0 ? std::sqrt(std::fabs(value) / max_) : 0;
  const bool is_change = value_ == MatrixValue::kChange && matrix_.is_comparison;
  // A change that may be chance is no colour of a verdict, however large it is.
  const QColor of_change = cell.is_clear ? theme.ofChange(value) : theme.neutral;
  const QColor strong = is_change ? of_change : value_ == MatrixValue::kAfter ? theme.after : theme.before;
  const QColor fill = theme.faded(strong, is_change && !cell.is_clear ? 0.06 + 0.2 * strength : 0.06 + 0.86 * strength);
  const QRectF box = area.adjusted(1, 1, -1, -1);
  painter.fillRect(box, fill);
  if (is_change && !cell.is_clear && value != 0) {
    QColor hatch = theme.neutral;
    hatch.setAlphaF(0.25F);
    painter.fillRect(box, QBrush(hatch, Qt::BDiagPattern));
  }
  painter.setPen(Theme::textOn(fill));
  drawFitting(painter, box, is_change ? changeTexts(value) : QStringList{ns(value)});
}

void MatrixView::paintTitles(QPainter& painter) const {
  const Theme theme = themeOf(palette());
  painter.setPen(theme.soft);
  for (int column = 0; column < columns(); ++column)
    drawFitting(painter, rectOf({-1, column}), {matrix_.columns[static_cast<std::size_t>(column)].title});
  if (rows_ < count())
    drawFitting(painter, rectOf({-1, -1}),
                {tr("%1 to %2 of %3, scroll").arg(first_ + 1).arg(first_ + rows_).arg(count())});
  painter.setPen(theme.ink);
  for (int row = first_; row < first_ + rows_; ++row) {
    const QRectF name = rectOf({row, -1}).adjusted(2, 0, -8, 0);
    const QString& title = matrix_.rows[static_cast<std::size_t>(row)].title;
    painter.drawText(name, static_cast<int>(Qt::AlignRight | Qt::AlignVCenter),
                     fontMetrics().elidedText(title, Qt::ElideMiddle, static_cast<int>(name.width())));
  }
}

void MatrixView::paintEvent(QPaintEvent* /*event*/) {
  QPainter painter(this);
  const Theme theme = themeOf(palette());
  painter.fillRect(rect(), theme.paper);
  if (matrix_.rows.empty() || matrix_.columns.empty()) {
    painter.setPen(theme.soft);
    painter.drawText(rect(), static_cast<int>(Qt::AlignCenter) | Qt::TextWordWrap, matrix_.why_empty);
    return;
  }
  paintTitles(painter);
  for (int row = first_; row < first_ + rows_; ++row)
    for (int column = 0; column < columns(); ++column) {
      const QRectF area = rectOf({row, column});
      painter.fillRect(area.adjusted(1, 1, -1, -1), theme.faded(theme.zone, 0.5));
      if (const MatrixCell* const cell = cellAt({row, column})) paintCell(painter, area, *cell);
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
  const MatrixLine row = place.row < 0 ? MatrixLine{} : matrix_.rows[static_cast<std::size_t>(place.row)];
  const MatrixLine column = place.column < 0 ? MatrixLine{} : matrix_.columns[static_cast<std::size_t>(place.column)];
  const analyzer::Filter more = analyzer::both(row.filter, column.filter);
  if (!more.is_empty()) Q_EMIT activated(more, row.filter.is_empty() ? column.title : row.title);
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

void MatrixView::wheelEvent(QWheelEvent* event) {
  if (rows_ < count()) scrollTo(first_ - event->angleDelta().y() / 120);
  event->accept();
}

void MatrixView::keyPressEvent(QKeyEvent* event) {
  Place place = current_.value_or(Place{first_, 0});
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
  place.row = std::clamp(place.row, -1, count() - 1);
  place.column = std::clamp(place.column, -1, columns() - 1);
  if (place.row >= 0 || place.column >= 0) current_ = place;
  if (place.row >= 0) scrollTo(std::clamp(first_, place.row - rows_ + 1, place.row));
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
  layout->addWidget(new QLabel(tr("▼ less, ▲ more; grey: may be chance"), this));
  for (const auto& [text, value] : {std::pair{tr("change"), MatrixValue::kChange},
                                    {tr("before"), MatrixValue::kBefore},
                                    {tr("after"), MatrixValue::kAfter}}) {
    auto* const button = new QRadioButton(text, this);
    button->setAccessibleName(tr("Show %1").arg(text));
    button->setChecked(value == MatrixValue::kChange);
    layout->addWidget(button);
    connect(button, &QRadioButton::clicked, view, [view, chosen = value] { view->setValue(chosen); });
  }
}

}  // namespace socklock::gui
