// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/matrix_view.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <array>
#include <cmath>

#include "gui/models/text.h"
#include "gui/views/theme.h"

namespace socklock::gui {

using analyzer::CallPath;
using analyzer::SliceComparison;

MatrixView::MatrixView(QWidget* parent) : QWidget(parent) {
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
  setAccessibleName(tr("Wait by lock class and call path"));
}

void MatrixView::show(const FindingsPtr& findings) {
  findings_ = findings;
  current_.reset();
  layOut();
  update();
}

void MatrixView::setValue(MatrixValue value) {
  value_ = value;
  layOut();
  update();
}

double MatrixView::number(const SliceComparison& slice) const {
  if (value_ == MatrixValue::kBefore || !findings_->isComparison()) return slice.before.wait_ns_per_unit;
  return value_ == MatrixValue::kAfter ? slice.after.wait_ns_per_unit : slice.delta_ns();
}

void MatrixView::layOut() {
  classes_.clear();
  paths_.clear();
  cells_.clear();
  max_ = 0;
  if (!findings_) return;
  std::array<bool, analyzer::kCallPaths> used{};
  const auto& slices = findings_->comparison.class_paths;
  for (const SliceComparison& slice : slices)
    if (slice.path) used[static_cast<std::size_t>(*slice.path)] = true;
  for (std::size_t i = 0; i < used.size(); ++i)
    if (used[i]) paths_.push_back(static_cast<CallPath>(i));
  const int room = std::max(2, height() / (fontMetrics().height() + 10) - 1);
  for (const SliceComparison& slice : findings_->comparison.classes) {
    if (classes_.size() >= room) break;
    classes_.append(shown(slice.name));
    auto& row = cells_.emplace_back(paths_.size(), nullptr);
    for (const SliceComparison& cell : slices) {
      if (cell.lock_class != slice.lock_class || !cell.path) continue;
      const auto column = std::find(paths_.begin(), paths_.end(), *cell.path) - paths_.begin();
      row[static_cast<std::size_t>(column)] = &cell;
      max_ = std::max(max_, std::fabs(number(cell)));
    }
  }
}

QRectF MatrixView::rectOf(Place place) const {
  const double names = std::min(0.3 * width(), fontMetrics().averageCharWidth() * 24.0);
  const double title_height = fontMetrics().height() + 8.0;
  const double cell_width = (width() - names) / static_cast<double>(std::max<std::size_t>(1, paths_.size()));
  const double cell_height =
      std::min(34.0, (height() - title_height) / static_cast<double>(std::max<qsizetype>(1, classes_.size())));
  const double left = place.column < 0 ? 0 : names + place.column * cell_width;
  const double top = place.row < 0 ? 0 : title_height + place.row * cell_height;
  return {left, top, place.column < 0 ? names : cell_width, place.row < 0 ? title_height : cell_height};
}

std::optional<MatrixView::Place> MatrixView::placeAt(QPointF at) const {
  for (int row = -1; row < static_cast<int>(classes_.size()); ++row)
    for (int column = -1; column < static_cast<int>(paths_.size()); ++column)
      if (rectOf({row, column}).contains(at) && (row >= 0 || column >= 0)) return Place{row, column};
  return std::nullopt;
}

QRectF MatrixView::cellRect(const QString& lock_class, CallPath path) const {
  const auto row = classes_.indexOf(lock_class);
  const auto column = std::find(paths_.begin(), paths_.end(), path);
  if (row < 0 || column == paths_.end()) return {};
  return rectOf({static_cast<int>(row), static_cast<int>(column - paths_.begin())});
}

const SliceComparison* MatrixView::sliceAt(Place place) const {
  if (place.row < 0 || place.column < 0) return nullptr;
  return cells_[static_cast<std::size_t>(place.row)][static_cast<std::size_t>(place.column)];
}

void MatrixView::paintCell(QPainter& painter, const QRectF& area, const SliceComparison& slice) const {
  const Theme theme = themeOf(palette());
  const double value = number(slice);
  // The square root, so that a tenth of the largest can still be seen.
  const double strength = max_ > 0 ? std::sqrt(std::fabs(value) / max_) : 0;
  const bool is_change = value_ == MatrixValue::kChange && findings_->isComparison();
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
  if (classes_.isEmpty() || paths_.empty()) {
    painter.setPen(theme.soft);
    painter.drawText(rect(), Qt::AlignCenter, tr("No waits to show."));
    return;
  }
  painter.setPen(theme.soft);
  for (int column = 0; column < static_cast<int>(paths_.size()); ++column)
    painter.drawText(rectOf({-1, column}), Qt::AlignCenter,
                     shown(analyzer::name_of(paths_[static_cast<std::size_t>(column)])));
  for (int row = 0; row < static_cast<int>(classes_.size()); ++row) {
    const QRectF name = rectOf({row, -1}).adjusted(2, 0, -8, 0);
    painter.setPen(theme.ink);
    painter.drawText(name, static_cast<int>(Qt::AlignRight | Qt::AlignVCenter),
                     fontMetrics().elidedText(classes_[row], Qt::ElideMiddle, static_cast<int>(name.width())));
    for (int column = 0; column < static_cast<int>(paths_.size()); ++column) {
      const QRectF area = rectOf({row, column});
      painter.fillRect(area.adjusted(1, 1, -1, -1), theme.faded(theme.zone, 0.5));
      if (const SliceComparison* const slice = sliceAt({row, column})) paintCell(painter, area, *slice);
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
  if (place.row >= 0 && place.column >= 0 && sliceAt(place) == nullptr) return;
  const QString lock_class = place.row < 0 ? QString() : classes_[place.row];
  std::optional<CallPath> path;
  if (place.column >= 0) path = paths_[static_cast<std::size_t>(place.column)];
  Q_EMIT cellActivated(lock_class, path);
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
  place.row = std::clamp(place.row, -1, std::max(-1, static_cast<int>(classes_.size()) - 1));
  place.column = std::clamp(place.column, -1, std::max(-1, static_cast<int>(paths_.size()) - 1));
  if (place.row >= 0 || place.column >= 0) current_ = place;
  update();
}

bool MatrixView::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip) return QWidget::event(event);
  const auto* const help = static_cast<QHelpEvent*>(event);
  const auto place = placeAt(help->pos());
  const SliceComparison* const slice = place ? sliceAt(*place) : nullptr;
  if (slice == nullptr) {
    QToolTip::hideText();
    return true;
  }
  QString text =
      findings_->isComparison()
          ? tr("%1: %2 of wait per %3 before, %4 after\n%5, %6")
                .arg(shown(slice->name), ns(slice->before.wait_ns_per_unit), unitName(findings_->comparison.unit),
                     ns(slice->after.wait_ns_per_unit), effectText(*slice), signedName(slice->verdict))
          : tr("%1: %2 of wait per %3")
                .arg(shown(slice->name), ns(slice->before.wait_ns_per_unit), unitName(findings_->comparison.unit));
  QToolTip::showText(help->globalPos(), text + tr("\nClick to see only this."), this);
  return true;
}

}  // namespace socklock::gui
