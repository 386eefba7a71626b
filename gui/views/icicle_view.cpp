// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/icicle_view.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QHelpEvent>
#include <QMenu>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "gui/models/text.h"
#include "gui/views/chart.h"
#include "gui/views/theme.h"

namespace socklock::gui {

using analyzer::StackNode;

namespace {

// Narrower frames, in pixels, are not painted, and what is below them neither.
constexpr double kMinWidth = 0.6;

}  // namespace

IcicleView::IcicleView(QWidget* parent) : QWidget(parent) {
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
  describeAsChart(this, tr("Call stacks by wait"));
}

void IcicleView::show(std::shared_ptr<const void> owner, const StackNode* root, IcicleColours colours) {
  owner_ = std::move(owner);
  root_ = root;
  is_comparison_ = colours != IcicleColours::kOneSide;
  is_judged_ = colours == IcicleColours::kChange;
  layOut();
}

void IcicleView::setWidthBy(IcicleWidth width) {
  width_ = width;
  layOut();
}

void IcicleView::setSearch(const QString& text) {
  search_ = text;
  findMatches();
  update();
}

bool IcicleView::matches(const Frame& frame) const {
  return !search_.isEmpty() && shown(frame.node->function).contains(search_, Qt::CaseInsensitive);
}

void IcicleView::findMatches() {
  matches_.clear();
  for (std::size_t i = 0; i < frames_.size(); ++i)
    if (matches(frames_[i])) matches_.push_back(i);
  Q_EMIT matchesChanged();
}

QString IcicleView::matchText() const {
  if (search_.isEmpty()) return {};
  if (matches_.empty()) return tr("not found");
  double before_ns = 0, after_ns = 0;
  for (const std::size_t match : matches_) {
    bool is_inner = false;  // what it waits is that of an outer one, too
    for (std::size_t at = match; at != 0 && !is_inner;) {
      at = frames_[at].parent;
      is_inner = std::binary_search(matches_.begin(), matches_.end(), at);
    }
    if (is_inner) continue;
    before_ns += frames_[match].node->before_ns;
    after_ns += frames_[match].node->after_ns;
  }
  const auto at = std::lower_bound(matches_.begin(), matches_.end(), selected_);
  const bool is_at_one = at != matches_.end() && *at == selected_;
  const QString which = is_at_one ? tr("%1 of %2").arg(at - matches_.begin() + 1).arg(matches_.size())
                                  : tr("%1 found").arg(matches_.size());
  return is_comparison_ ? tr("%1: %2 before, %3 after").arg(which, ns(before_ns), ns(after_ns))
                        : tr("%1: %2").arg(which, ns(before_ns));
}

void IcicleView::stepMatch(int by) {
  if (matches_.empty()) return;
  const auto count = static_cast<std::ptrdiff_t>(matches_.size());
  std::ptrdiff_t at = by > 0 ? 0 : count - 1;
  if (selected_ != kNone) {
    const auto behind = by > 0 ? std::upper_bound(matches_.begin(), matches_.end(), selected_)
                               : std::lower_bound(matches_.begin(), matches_.end(), selected_);
    at = (behind - matches_.begin() + (by > 0 ? 0 : -1) + count) % count;
  }
  const std::size_t match = matches_[static_cast<std::size_t>(at)];
  if (rectOf(match).width() < kMinWidth) zoomTo(frames_[match].parent);  // too narrow to be seen, or beside the zoom
  select(match);
  Q_EMIT matchesChanged();
}

double IcicleView::rowHeight() const { return fontMetrics().height() + 5.0; }

double IcicleView::weight(const StackNode& node) const {
  switch (width_) {
    case IcicleWidth::kBefore: return node.before_ns;
    case IcicleWidth::kAfter: return node.after_ns;
    case IcicleWidth::kBoth: break;
  }
  return node.before_ns + node.after_ns;
}

void IcicleView::layOut() {
  frames_.clear();
  back_.clear();
  forward_.clear();
  zoom_ = 0;
  selected_ = kNone;
  int depth = 0;
  if (root_ != nullptr && weight(*root_) > 0) {
    const double whole = weight(*root_);
    frames_.push_back({root_, 0, 0, 0, 1});
    for (std::size_t i = 0; i < frames_.size(); ++i) {
      const Frame parent = frames_[i];
      depth = std::max(depth, parent.depth);
      std::vector<const StackNode*> children;
      for (const StackNode& child : parent.node->children)
        if (weight(child) > 0) children.push_back(&child);
      std::sort(children.begin(), children.end(),
                [this](const StackNode* a, const StackNode* b) { return weight(*a) > weight(*b); });
      double begin = parent.begin;
      for (const StackNode* const child : children) {
        const double end = begin + weight(*child) / whole;
        frames_.push_back({child, i, parent.depth + 1, begin, end});
        begin = end;
      }
    }
  }
  setMinimumHeight(static_cast<int>((depth + 1) * rowHeight()) + 4);
  findMatches();
  Q_EMIT zoomChanged();
  update();
}

void IcicleView::zoomTo(std::size_t frame) {
  if (frame >= frames_.size()) return;
  if (frame != zoom_) {
    back_.push_back(zoom_);
    forward_.clear();
  }
  showZoom(frame);
}

void IcicleView::showZoom(std::size_t frame) {
  zoom_ = frame;
  selected_ = frame;
  Q_EMIT zoomChanged();
  update();
}

void IcicleView::zoomBack() {
  if (back_.empty()) return;
  forward_.push_back(zoom_);
  const std::size_t frame = back_.back();
  back_.pop_back();
  showZoom(frame);
}

void IcicleView::zoomForward() {
  if (forward_.empty()) return;
  back_.push_back(zoom_);
  const std::size_t frame = forward_.back();
  forward_.pop_back();
  showZoom(frame);
}

std::size_t IcicleView::find(const QString& function) const {
  for (std::size_t i = 0; i < frames_.size(); ++i)
    if (shown(frames_[i].node->function) == function) return i;
  return kNone;
}

QString IcicleView::nameOf(std::size_t frame) const { return shown(frames_[frame].node->function); }

bool IcicleView::isAboveZoom(std::size_t frame) const {
  for (std::size_t at = zoom_; at != 0;) {
    at = frames_[at].parent;
    if (at == frame) return true;
  }
  return false;
}

QRectF IcicleView::rectOf(std::size_t index) const {
  const Frame &frame = frames_[index], &zoom = frames_[zoom_];
  const double scale = width() / (zoom.end - zoom.begin);
  const double left = std::max(0.0, (frame.begin - zoom.begin) * scale);
  const double right = std::min(static_cast<double>(width()), (frame.end - zoom.begin) * scale);
  return {left, 2 + frame.depth * rowHeight(), std::max(0.0, right - left), rowHeight()};
}

void IcicleView::paintFrame(QPainter& painter, const Frame& frame, const QRectF& area, bool is_above) const {
  const Theme theme = themeOf(palette());
  const StackNode& node = *frame.node;
  const double sum = node.before_ns + node.after_ns;
  const double change = is_comparison_ && sum > 0 ? node.delta_ns() / sum : 0;
  const QColor strong = is_judged_ ? theme.ofChange(node.delta_ns()) : theme.ofSide(node.delta_ns());
  QColor fill = is_comparison_ ? theme.faded(strong, 0.12 + 0.75 * std::fabs(change))
                               : theme.faded(theme.before, 0.35 + 0.25 * (frame.depth % 2));
  const QString name = shown(node.function);
  const bool is_match = matches(frame);
  if (is_above || (!search_.isEmpty() && !is_match)) fill = theme.faded(fill, 0.35);
  const QRectF box = area.adjusted(0.5, 0.5, -0.5, -0.5);
  painter.fillRect(box, fill);
  if (is_comparison_ && (node.before_ns <= 0 || node.after_ns <= 0)) {
    QColor hatch = Theme::textOn(fill);
    hatch.setAlphaF(0.13F);
    painter.fillRect(box, QBrush(hatch, node.after_ns <= 0 ? Qt::BDiagPattern : Qt::FDiagPattern));
  }
  if (is_match) {
    painter.setPen(QPen(theme.ink, 2));
    painter.drawRect(box);
  }
  if (area.width() < 24) return;
  painter.setPen(Theme::textOn(fill));
  QString text = name;
  if (is_comparison_) {
    const QString amount = QStringLiteral("  ") + delta(node.delta_ns());
    if (fontMetrics().horizontalAdvance(text + amount) < area.width() - 8) text += amount;
  } else {
    const QString amount = QStringLiteral("  ") + ns(node.before_ns);
    if (fontMetrics().horizontalAdvance(text + amount) < area.width() - 8) text += amount;
  }
  painter.drawText(area.adjusted(4, 0, -3, 0), static_cast<int>(Qt::AlignLeft | Qt::AlignVCenter),
                   fontMetrics().elidedText(text, Qt::ElideRight, static_cast<int>(area.width()) - 7));
}

void IcicleView::paintEvent(QPaintEvent* event) {
  QPainter painter(this);
  const Theme theme = themeOf(palette());
  painter.fillRect(event->rect(), theme.paper);
  if (frames_.empty()) {
    painter.setPen(theme.soft);
    painter.drawText(rect(), Qt::AlignCenter, tr("No waits to show."));
    return;
  }
  std::vector<bool> is_hidden(frames_.size(), false);
  for (std::size_t i = 0; i < frames_.size(); ++i) {
    const bool is_above = isAboveZoom(i);
    const QRectF area = is_above ? QRectF(0, 2 + frames_[i].depth * rowHeight(), width(), rowHeight()) : rectOf(i);
    is_hidden[i] = (i != 0 && is_hidden[frames_[i].parent]) || area.width() < kMinWidth;
    if (is_hidden[i] || area.bottom() < event->rect().top() || area.top() > event->rect().bottom()) continue;
    paintFrame(painter, frames_[i], area, is_above);
    if (i == selected_) {
      painter.setPen(QPen(theme.ink, 2));
      painter.setBrush(Qt::NoBrush);
      painter.drawRect(area.adjusted(1, 1, -1, -1));
    }
  }
}

std::size_t IcicleView::frameAt(QPointF at) const {
  for (std::size_t i = 0; i < frames_.size(); ++i) {
    const QRectF area =
        isAboveZoom(i) ? QRectF(0, 2 + frames_[i].depth * rowHeight(), width(), rowHeight()) : rectOf(i);
    if (area.width() >= kMinWidth && area.contains(at)) return i;
  }
  return kNone;
}

void IcicleView::select(std::size_t frame) {
  selected_ = frame;
  if (frame != kNone) Q_EMIT functionChosen(frames_[frame].node->function);
  update();
}

void IcicleView::mousePressEvent(QMouseEvent* event) {
  const std::size_t frame = frameAt(event->position());
  if (event->button() != Qt::LeftButton || frame == kNone) return;
  zoomTo(frame);
  select(frame);
}

void IcicleView::mouseMoveEvent(QMouseEvent* event) {
  setCursor(frameAt(event->position()) == kNone ? Qt::ArrowCursor : Qt::PointingHandCursor);
}

void IcicleView::step(int key) {
  if (selected_ == kNone) {
    select(zoom_);
    return;
  }
  const Frame& at = frames_[selected_];
  if (key == Qt::Key_Up) select(at.parent);
  for (std::size_t i = 1; i < frames_.size(); ++i) {
    if (key == Qt::Key_Down && frames_[i].parent == selected_) return select(i);
    const bool are_siblings = frames_[i].parent == at.parent && selected_ != 0;
    if (key == Qt::Key_Right && are_siblings && i == selected_ + 1) return select(i);
    if (key == Qt::Key_Left && are_siblings && i + 1 == selected_) return select(i);
  }
}

void IcicleView::keyPressEvent(QKeyEvent* event) {
  switch (event->key()) {
    case Qt::Key_Up:
    case Qt::Key_Down:
    case Qt::Key_Left:
    case Qt::Key_Right:
      if (!frames_.empty()) step(event->key());
      break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
      if (selected_ != kNone) zoomTo(selected_);
      break;
    case Qt::Key_Escape: resetZoom(); break;
    case Qt::Key_Backspace: event->modifiers() == Qt::ShiftModifier ? zoomForward() : zoomBack(); break;
    case Qt::Key_F3: stepMatch(event->modifiers() == Qt::ShiftModifier ? -1 : 1); break;
    default: QWidget::keyPressEvent(event);
  }
}

void IcicleView::contextMenuEvent(QContextMenuEvent* event) {
  const std::size_t frame = frameAt(event->pos());
  if (frame == kNone) return;
  auto* const menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  const QString name = nameOf(frame);
  if (frame != 0)
    menu->addAction(tr("Show only stacks with %1").arg(name), this,
                    [this, function = frames_[frame].node->function] { Q_EMIT functionFiltered(function); });
  if (frame != 0)
    menu->addAction(tr("Leave out stacks with %1").arg(name), this,
                    [this, function = frames_[frame].node->function] { Q_EMIT functionLeftOut(function); });
  menu->addAction(tr("Zoom out"), this, &IcicleView::resetZoom);
  menu->addAction(tr("Copy name"), this, [name] { QApplication::clipboard()->setText(name); });
  menu->popup(event->globalPos());
}

bool IcicleView::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip) return QWidget::event(event);
  const auto* const help = static_cast<QHelpEvent*>(event);
  const std::size_t frame = frameAt(help->pos());
  if (frame == kNone) {
    QToolTip::hideText();
    return true;
  }
  const StackNode& node = *frames_[frame].node;
  QToolTip::showText(
      help->globalPos(),
      is_comparison_
          ? tr("%1\n%2 of wait before, %3 after (%4)\nClick to zoom, right click for more.")
                .arg(nameOf(frame), ns(node.before_ns), ns(node.after_ns), delta(node.delta_ns()))
          : tr("%1\n%2 of wait\nClick to zoom, right click for more.").arg(nameOf(frame), ns(node.before_ns)),
      this);
  return true;
}

}  // namespace socklock::gui
