// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/cell_delegates.h"

#include <QApplication>
#include <QIcon>
#include <QPainter>
#include <algorithm>
#include <cmath>
#include <tuple>

#include "gui/jobs/class_colours.h"
#include "gui/models/slice_model.h"
#include "gui/views/theme.h"

namespace socklock::gui {
namespace {

constexpr double kMaxTextShare = 0.6;  // of an effect's cell that its words may take

const analyzer::SliceComparison* sliceOf(const QModelIndex& index) {
  return index.data(SliceModel::kSliceRole).value<const analyzer::SliceComparison*>();
}

// Background and focus as the style has it, without text.
void paintEmptyCell(QPainter* painter, const QStyleOptionViewItem& option) {
  QStyleOptionViewItem empty = option;
  empty.text.clear();
  const QWidget* const widget = option.widget;
  (widget != nullptr ? widget->style() : QApplication::style())
      ->drawControl(QStyle::CE_ItemViewItem, &empty, painter, widget);
}

QColor textColour(const QStyleOptionViewItem& option) {
  return option.palette.color((option.state & QStyle::State_Selected) != 0 ? QPalette::HighlightedText
                                                                           : QPalette::Text);
}

// Position of a ratio on a logarithmic scale.
struct RatioScale {
  QRectF area;
  double span;
  [[nodiscard]] double x(double ratio) const {
    const double share = 0.5 + 0.5 * std::log(std::clamp(ratio, 1 / span, span)) / std::log(span);
    return area.left() + share * area.width();
  }
};

constexpr double kMinScaleWidth = 60;
// Beyond it, powers of two have more digits than anybody reads.
constexpr double kWideSpan = 64;

int textWidthIn(int cell_width, int wanted) {
  return std::min(wanted + 4, static_cast<int>(kMaxTextShare * cell_width));
}

QRectF scaleIn(const QRectF& cell, int text_width) {
  return cell.adjusted(8, 0, -static_cast<double>(text_width) - 14, 0);
}

void paintInterval(QPainter* painter, const RatioScale& scale, const analyzer::Effect& effect, const QColor& colour) {
  const double y = scale.area.center().y();
  if (effect.low) {
    const double low = scale.x(*effect.low), high = scale.x(effect.high.value_or(HUGE_VAL));
    painter->setPen(QPen(colour, 2));
    painter->drawLine(QPointF(low, y), QPointF(high, y));
    // A cap where the interval ends, an arrow where it goes on; one arrow where all of it lies beyond the scale.
    const bool ends_low = *effect.low * scale.span > 1;
    const bool ends_high = effect.high && *effect.high < scale.span;
    const bool is_below = effect.high && *effect.high * scale.span <= 1, is_above = *effect.low >= scale.span;
    if (ends_low && !is_above) painter->drawLine(QPointF(low, y - 4), QPointF(low, y + 4));
    if (!ends_low) painter->drawPolyline(QPolygonF({{low + 5, y - 4}, {low, y}, {low + 5, y + 4}}));
    if (ends_high && !is_below) painter->drawLine(QPointF(high, y - 4), QPointF(high, y + 4));
    if (!ends_high) painter->drawPolyline(QPolygonF({{high - 5, y - 4}, {high, y}, {high - 5, y + 4}}));
  }
  if (effect.ratio && *effect.ratio > 0) {
    painter->setPen(Qt::NoPen);
    painter->setBrush(colour);
    painter->drawEllipse(QPointF(scale.x(*effect.ratio), y), 4, 4);
  }
}

// A dot for each run: those before above the interval, those after below it, all divided by the mean before.
void paintRuns(QPainter* painter, const RatioScale& scale, const analyzer::SliceComparison& slice, const Theme& theme) {
  const double mean = slice.before.wait_ns_per_unit;
  if (!(mean > 0)) return;
  painter->setPen(Qt::NoPen);
  for (const auto& [side, colour, y] : {std::tuple{&slice.before, theme.before, scale.area.top() + 4},
                                        std::tuple{&slice.after, theme.after, scale.area.bottom() - 4}}) {
    painter->setBrush(colour);
    for (const double run : side->wait_ns_per_unit_of_runs)
      if (run > 0) painter->drawEllipse(QPointF(scale.x(run / mean), y), 1.8, 1.8);
  }
}

}  // namespace

void BarDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
  QStyleOptionViewItem cell = option;
  initStyleOption(&cell, index);
  paintEmptyCell(painter, cell);
  const Theme theme = themeOf(cell.palette);
  const double share = index.data(TableModel::kBarRole).toDouble();
  if (share > 0) {
    QRectF bar = QRectF(cell.rect).adjusted(2, 4, -2, -4);
    bar.setLeft(bar.right() - std::max(1.0, share * bar.width()));
    // Beneath the text of a chosen row, which is light, nothing else that is light.
    const bool is_selected = (cell.state & QStyle::State_Selected) != 0;
    const QColor side =
        index.data(TableModel::kIdRole).toString().startsWith(QStringLiteral("after_")) ? theme.after : theme.before;
    if (!is_selected) painter->fillRect(bar, theme.faded(side, 0.3));
  }
  painter->setPen(textColour(cell));
  painter->setFont(cell.font);
  painter->drawText(cell.rect.adjusted(6, 0, -6, 0), static_cast<int>(Qt::AlignRight | Qt::AlignVCenter), cell.text);
}

void EffectDelegate::setScale(double span, double threshold) {
  span_ = span;
  threshold_ = threshold;
}

std::vector<std::pair<double, double>> EffectDelegate::ticks(const QRectF& cell) const {
  std::vector<std::pair<double, double>> list;
  const RatioScale scale{scaleIn(cell, textWidthIn(static_cast<int>(cell.width()), text_width_)), span_};
  if (scale.area.width() <= kMinScaleWidth) return list;
  // About five: powers of two, of ten where the scale is wide, or of more of them.
  const double base = span_ > kWideSpan ? 10 : 2;
  const double step = std::max(1.0, std::round(std::log(span_) / std::log(base) / 2));
  list.emplace_back(1, scale.x(1));
  for (double power = step; std::pow(base, power) <= span_ * 1.001; power += step)
    for (const double ratio : {std::pow(base, power), std::pow(base, -power)}) list.emplace_back(ratio, scale.x(ratio));
  return list;
}

QSize EffectDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
  QSize size = QStyledItemDelegate::sizeHint(option, index);
  size.setWidth(text_width_ + option.fontMetrics.averageCharWidth() * 18);
  return size;
}

void EffectDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
  QStyleOptionViewItem cell = option;
  initStyleOption(&cell, index);
  paintEmptyCell(painter, cell);
  const analyzer::SliceComparison* const slice = sliceOf(index);
  if (slice == nullptr) return;
  const Theme theme = themeOf(cell.palette);
  const bool selected = (cell.state & QStyle::State_Selected) != 0;
  const auto tone = static_cast<analyzer::Tone>(index.data(TableModel::kToneRole).toInt());
  const QColor colour = tone == analyzer::Tone::kPlain ? theme.neutral : theme.of(tone);
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  painter->setClipRect(cell.rect);
  const int text_width = textWidthIn(cell.rect.width(), text_width_);
  QRect text = cell.rect.adjusted(6, 0, -6, 0);
  text.setLeft(std::max(text.left(), text.right() - text_width));
  const RatioScale scale{scaleIn(QRectF(cell.rect), text_width), span_};
  if (scale.area.width() > kMinScaleWidth) {
    const double low = scale.x(1 - threshold_), high = scale.x(1 + threshold_);
    if (!selected) painter->fillRect(QRectF(low, cell.rect.top(), high - low, cell.rect.height()), theme.zone);
    painter->setPen(QPen(selected ? textColour(cell) : theme.soft, 1, Qt::DotLine));
    painter->drawLine(QPointF(scale.x(1), cell.rect.top()), QPointF(scale.x(1), cell.rect.bottom()));
    if (!selected) paintRuns(painter, scale, *slice, theme);
    paintInterval(painter, scale, slice->effect, selected ? textColour(cell) : colour);
  }
  painter->setPen(textColour(cell));
  painter->setFont(cell.font);
  painter->drawText(text, static_cast<int>(Qt::AlignRight | Qt::AlignVCenter),
                    cell.fontMetrics.elidedText(cell.text, Qt::ElideRight, text.width()));
  painter->restore();
}

void ClassDelegate::initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const {
  QStyledItemDelegate::initStyleOption(option, index);
  const QVariant series = index.data(kSeriesRole);
  if (!series.isValid()) return;
  const int side = option->fontMetrics.height() * 2 / 3;
  QPixmap square(side, side);
  square.fill(themeOf(option->palette).ofSeries(series.toInt()));
  option->features |= QStyleOptionViewItem::HasDecoration;
  option->decorationSize = square.size();
  option->icon = QIcon(square);
}

void ToneDelegate::initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const {
  QStyledItemDelegate::initStyleOption(option, index);
  const auto tone = static_cast<analyzer::Tone>(index.data(TableModel::kToneRole).toInt());
  if (tone == analyzer::Tone::kPlain) return;
  option->palette.setColor(QPalette::Text, themeOf(option->palette).of(tone));
  option->font.setBold(tone == analyzer::Tone::kBetter || tone == analyzer::Tone::kWorse);
}

}  // namespace socklock::gui
