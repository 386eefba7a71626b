// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/waterfall_view.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>

#include "gui/models/text.h"
#include "gui/views/chart.h"
#include "gui/views/theme.h"

namespace socklock::gui {
namespace {

using analyzer::MovedWait;

QString partsText(const MovedWait& moved) {
  QString text;
  for (const MovedWait::Part& part : moved.paths)
    text += QStringLiteral("\n%1: %2 → %3 (%4)")
                .arg(shown(analyzer::name_of(part.path)), ns(part.before_ns), ns(part.after_ns),
                     delta(part.after_ns - part.before_ns));
  return text;
}

QString fateText(const MovedWait& moved, const analyzer::Taxonomy& taxonomy) {
  QStringList counterparts;
  for (const auto id : moved.counterparts) counterparts.append(shown(taxonomy.at(id).name));
  const QString between = moved.fate == analyzer::Fate::kMoved ? QStringLiteral(" to ") : QStringLiteral(" from ");
  return QStringLiteral("  ") + shown(analyzer::name_of(moved.fate)) +
         (counterparts.isEmpty() ? QString() : between + counterparts.join(QStringLiteral(", ")));
}

}  // namespace

WaterfallView::WaterfallView(QWidget* parent) : QWidget(parent) {
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
  describeAsChart(this, tr("Where the wait went"));
}

void WaterfallView::show(const FindingsPtr& findings) {
  findings_ = findings;
  current_ = -1;
  layOut();
  update();
}

double WaterfallView::rowHeight() const { return fontMetrics().height() + 8.0; }

WaterfallView::Row WaterfallView::totalRow(bool is_after) const {
  const auto& everything = findings_->comparison.everything;
  const double whole = is_after ? everything.after.wait_ns_per_unit : everything.before.wait_ns_per_unit;
  const bool is_part = !findings_->question.filter.is_empty();
  const QString locks = is_part ? tr("what meets the filter") : tr("all locks");
  Row row{.name = !findings_->isComparison() ? locks : (is_after ? tr("after, %1") : tr("before, %1")).arg(locks),
          .words = ns(whole),
          .tooltip = {},
          .from = 0,
          .to = whole};
  row.is_total = true;
  row.is_after = is_after;
  return row;
}

WaterfallView::Row WaterfallView::classRow(const MovedWait& moved, double level) const {
  const bool two = findings_->isComparison();
  const std::string& name = findings_->taxonomy.at(moved.lock_class).name;
  Row row{.name = shown(name), .words = {}, .tooltip = {}, .from = level};
  row.to = level + (two ? moved.delta_ns() : moved.before_ns);
  row.words = two ? delta(moved.delta_ns()) : ns(moved.before_ns);
  row.tooltip = QStringLiteral("%1: %2 → %3%4\nClick to see only this class.")
                    .arg(row.name, ns(moved.before_ns), ns(moved.after_ns), partsText(moved));
  row.is_class = true;
  row.is_clear = !findings_->comparison.within_run_only && moved.fate != analyzer::Fate::kUnclear &&
                 moved.fate != analyzer::Fate::kUnchanged;
  if (two && row.is_clear) row.words += fateText(moved, findings_->taxonomy);
  row.filter.lock_class = name;
  return row;
}

// The parts add up, so what is left between here and the end is the sum of the rest.
WaterfallView::Row WaterfallView::restRow(std::size_t left_out, double level) const {
  const auto& everything = findings_->comparison.everything;
  const bool two = findings_->isComparison();
  Row rest{.name = tr("%1 others").arg(left_out), .words = {}, .tooltip = {}, .from = level};
  rest.to = two ? everything.after.wait_ns_per_unit : everything.before.wait_ns_per_unit;
  rest.words = two ? delta(rest.to - rest.from) : ns(rest.to - rest.from);
  return rest;
}

void WaterfallView::layOut() {
  rows_.clear();
  max_ = 1e-9;
  if (!findings_) return;
  const auto& moved = findings_->comparison.moved;
  const bool two = findings_->isComparison();
  const auto room = static_cast<std::size_t>(std::max(3.0, (height() - 4) / rowHeight()));
  const std::size_t fixed = two ? 2 : 1;
  const std::size_t steps = moved.size() + fixed <= room ? moved.size() : room - fixed - 1;
  rows_.push_back(totalRow(false));
  double level = two ? rows_.front().to : 0;
  for (std::size_t i = 0; i < steps; ++i) {
    rows_.push_back(classRow(moved[i], level));
    level = rows_.back().to;
  }
  if (steps < moved.size()) rows_.push_back(restRow(moved.size() - steps, level));
  if (two) rows_.push_back(totalRow(true));
  for (const Row& row : rows_) max_ = std::max({max_, row.from, row.to});
}

QColor WaterfallView::colourOf(const Row& row) const {
  const Theme theme = themeOf(palette());
  if (!findings_->isComparison()) return theme.before;
  if (row.is_total) return row.is_after ? theme.after : theme.before;
  // A step that may be chance has no colour of a verdict, however large it is.
  return row.is_clear ? theme.ofChange(row.to - row.from) : theme.neutral;
}

void WaterfallView::paintRow(QPainter& painter, std::size_t index, double y) const {
  const Theme theme = themeOf(palette());
  const Row& row = rows_[index];
  const double h = rowHeight();
  const double left = std::min(0.34 * width(), fontMetrics().averageCharWidth() * 28.0);
  const double right = width() - fontMetrics().averageCharWidth() * 17.0;
  const auto x = [&](double value) { return left + (right - left) * value / max_; };
  if (static_cast<int>(index) == current_) painter.fillRect(QRectF(0, y, width(), h), theme.zone);
  painter.setPen(row.is_class || row.is_total ? theme.ink : theme.soft);
  painter.drawText(QRectF(4, y, left - 12, h), static_cast<int>(Qt::AlignRight | Qt::AlignVCenter),
                   fontMetrics().elidedText(row.name, Qt::ElideMiddle, static_cast<int>(left) - 12));
  const QColor colour = colourOf(row);
  QRectF bar(QPointF(x(std::min(row.from, row.to)), y + 4), QPointF(x(std::max(row.from, row.to)), y + h - 4));
  bar.setWidth(std::max(1.5, bar.width()));
  const bool is_unclear = findings_->isComparison() && row.is_class && !row.is_clear;
  painter.fillRect(bar, is_unclear ? QBrush(colour, Qt::BDiagPattern) : QBrush(colour));
  // From the end of this step down to the beginning of the next.
  if (index + 1 < rows_.size() && findings_->isComparison()) {
    painter.setPen(QPen(theme.line, 1));
    painter.drawLine(QPointF(x(row.to), y + h - 4), QPointF(x(row.to), y + h + 4));
  }
  // Right of the bar, or in the room before it where there is none.
  const double after_bar = x(std::max(row.from, row.to)) + 6;
  const double words_width = painter.fontMetrics().horizontalAdvance(row.words);
  painter.setPen(row.is_total || !findings_->isComparison() ? theme.ink : colour);
  if (after_bar + words_width <= width() - 2 || bar.left() - 6 - words_width < left)
    painter.drawText(QRectF(after_bar, y, width() - after_bar, h), static_cast<int>(Qt::AlignLeft | Qt::AlignVCenter),
                     row.words);
  else
    painter.drawText(QRectF(left, y, bar.left() - 6 - left, h), static_cast<int>(Qt::AlignRight | Qt::AlignVCenter),
                     row.words);
}

void WaterfallView::paintEvent(QPaintEvent* /*event*/) {
  QPainter painter(this);
  const Theme theme = themeOf(palette());
  painter.fillRect(rect(), theme.paper);
  if (!findings_ || findings_->comparison.moved.empty()) {
    painter.setPen(theme.soft);
    painter.drawText(
        rect(), Qt::AlignCenter,
        findings_ && !findings_->question.filter.is_empty() ? tr("No waits meet the filter.") : tr("No waits."));
    return;
  }
  for (std::size_t row = 0; row < rows_.size(); ++row)
    paintRow(painter, row, 2 + static_cast<double>(row) * rowHeight());
}

void WaterfallView::activate(int row) {
  if (row < 0 || row >= static_cast<int>(rows_.size())) return;
  const Row& chosen = rows_[static_cast<std::size_t>(row)];
  if (chosen.is_class) Q_EMIT activated(chosen.filter, chosen.name);
}

void WaterfallView::resizeEvent(QResizeEvent* event) {
  layOut();
  QWidget::resizeEvent(event);
}

int WaterfallView::rowAt(double y) const {
  const int row = static_cast<int>((y - 2) / rowHeight());
  return y < 2 || row >= static_cast<int>(rows_.size()) ? -1 : row;
}

void WaterfallView::mousePressEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton) activate(rowAt(event->position().y()));
}

void WaterfallView::mouseMoveEvent(QMouseEvent* event) {
  const int row = rowAt(event->position().y());
  setCursor(row >= 0 && rows_[static_cast<std::size_t>(row)].is_class ? Qt::PointingHandCursor : Qt::ArrowCursor);
  if (row != current_) {
    current_ = row;
    update();
  }
}

void WaterfallView::keyPressEvent(QKeyEvent* event) {
  const int last = static_cast<int>(rows_.size()) - 1;
  if (event->key() == Qt::Key_Down || event->key() == Qt::Key_Up) {
    current_ = std::clamp(current_ + (event->key() == Qt::Key_Down ? 1 : -1), 0, std::max(0, last));
    update();
  } else if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) {
    activate(current_);
  } else {
    QWidget::keyPressEvent(event);
  }
}

bool WaterfallView::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip) return QWidget::event(event);
  const auto* const help = static_cast<QHelpEvent*>(event);
  const int row = rowAt(help->pos().y());
  if (row >= 0) QToolTip::showText(help->globalPos(), rows_[static_cast<std::size_t>(row)].tooltip, this);
  return true;
}

}  // namespace socklock::gui
