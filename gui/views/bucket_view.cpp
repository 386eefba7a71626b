// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/bucket_view.h"

#include <fmt/format.h>

#include <QHBoxLayout>
#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "gui/models/text.h"
#include "gui/views/chart.h"
#include "gui/views/theme.h"

namespace socklock::gui {

using analyzer::BucketWait;
using analyzer::TableBuckets;

BucketView::BucketView(QWidget* parent) : QWidget(parent) {
  describeAsChart(this, tr("Wait by bucket of a hash table"));
  setFocusPolicy(Qt::StrongFocus);
}

void BucketView::show(const FindingsPtr& findings, std::size_t table) {
  findings_ = findings;
  table_ = table;
  buckets_ = this->table() == nullptr ? 0 : this->table()->buckets.size();
  current_.reset();
  update();
}

const TableBuckets* BucketView::table() const {
  return findings_ && table_ < findings_->tables.size() ? &findings_->tables[table_] : nullptr;
}

QRectF BucketView::plot() const {
  const double line = fontMetrics().height();
  return QRectF(rect()).adjusted(line * 5, line * 1.5, -line, -line * 2);
}

double BucketView::x(std::uint32_t index) const {
  const double last = std::max<std::uint32_t>(1, table()->buckets.back().index);
  return plot().left() + plot().width() * index / last;
}

void BucketView::paintAxes(QPainter& painter, double max) const {
  const bool two = findings_->isComparison();
  const QRectF area = plot();
  const double line = fontMetrics().height();
  painter.setPen(themeOf(palette()).soft);
  painter.drawText(QRectF(0, area.top() - line / 2, area.left() - 6, line), Qt::AlignRight, ns(max));
  painter.drawText(QRectF(area.left(), area.top() - line * 1.4, area.width(), line), Qt::AlignLeft,
                   two ? tr("▲ before") : tr("wait"));
  if (two) {
    painter.drawText(QRectF(0, area.bottom() - line / 2, area.left() - 6, line), Qt::AlignRight, ns(max));
    painter.drawText(QRectF(area.left(), area.bottom() + 1, area.width(), line), Qt::AlignLeft, tr("▼ after"));
  }
  const double zero = two ? area.center().y() : area.bottom();
  painter.drawLine(QPointF(area.left(), zero), QPointF(area.right(), zero));
  const auto last = table()->buckets.back().index;
  for (int i = 0; i <= 4; ++i) {
    const auto index = static_cast<std::uint32_t>(static_cast<double>(last) * i / 4);
    const double label = std::min(x(index) - 50, QWidget::width() - 100.0);
    painter.drawText(QRectF(label, area.bottom() + line * 0.8, 100, line), i == 4 ? Qt::AlignRight : Qt::AlignHCenter,
                     QStringLiteral("[%1]").arg(index));
  }
}

void BucketView::paintBars(QPainter& painter, double max) const {
  const Theme theme = themeOf(palette());
  const bool two = findings_->isComparison();
  const QRectF area = plot();
  const double zero = two ? area.center().y() : area.bottom();
  const double half = two ? area.height() / 2 : area.height();
  const auto& buckets = table()->buckets;
  const double width = std::clamp(area.width() / (buckets.back().index + 1.0), 2.0, 30.0);
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    const BucketWait& bucket = buckets[i];
    const double left = x(bucket.index) - width / 2;
    if (current_ == i) painter.fillRect(QRectF(left - 3, area.top(), width + 6, area.height()), theme.zone);
    if (bucket.before_ns > 0) {
      const double height = std::max(1.0, half * bucket.before_ns / max);
      painter.fillRect(QRectF(left, zero - height, width, height), theme.before);
    }
    if (bucket.after_ns > 0)
      painter.fillRect(QRectF(left, zero, width, std::max(1.0, half * bucket.after_ns / max)), theme.after);
  }
  if (current_) {
    painter.setPen(theme.ink);
    painter.drawText(QRectF(area.left() + 60, area.top() - fontMetrics().height() * 1.4, area.width() - 60, 40),
                     Qt::AlignRight, textOf(buckets[*current_]));
  }
}

void BucketView::paintEvent(QPaintEvent* /*event*/) {
  QPainter painter(this);
  const Theme theme = themeOf(palette());
  painter.fillRect(rect(), theme.paper);
  const TableBuckets* const shown_table = table();
  if (shown_table == nullptr || shown_table->buckets.empty()) {
    painter.setPen(theme.soft);
    painter.drawText(rect(), static_cast<int>(Qt::AlignCenter) | Qt::TextWordWrap,
                     tr("No wait for a lock of a hash table's bucket was recorded here.\nOn machines in spinlock mode "
                        "test-and-set the kernel reports none."));
    return;
  }
  double max = 1e-9;
  for (const BucketWait& bucket : shown_table->buckets) max = std::max({max, bucket.before_ns, bucket.after_ns});
  paintBars(painter, max);
  paintAxes(painter, max);
}

const BucketWait* BucketView::bucketAt(double at_x) const {
  if (table() == nullptr) return nullptr;
  const BucketWait* nearest = nullptr;
  for (const BucketWait& bucket : table()->buckets)
    if (std::fabs(x(bucket.index) - at_x) < 6 &&
        (nearest == nullptr || std::fabs(x(bucket.index) - at_x) < std::fabs(x(nearest->index) - at_x)))
      nearest = &bucket;
  return nearest;
}

void BucketView::activate(const BucketWait& bucket) {
  analyzer::Filter more;
  more.instance = fmt::format("{}[{}]", table()->lock_class, bucket.index);
  Q_EMIT activated(more, shown(*more.instance));
}

void BucketView::mousePressEvent(QMouseEvent* event) {
  if (const BucketWait* const bucket = bucketAt(event->position().x())) activate(*bucket);
}

void BucketView::keyPressEvent(QKeyEvent* event) {
  const bool is_step = event->key() == Qt::Key_Left || event->key() == Qt::Key_Right;
  if (buckets_ > 0 && is_step) {
    const std::size_t last = buckets_ - 1;
    if (!current_)
      current_ = event->key() == Qt::Key_Right ? 0 : last;
    else if (event->key() == Qt::Key_Right)
      current_ = std::min(last, *current_ + 1);
    else
      current_ = *current_ == 0 ? 0 : *current_ - 1;
    update();
  } else if (current_ && (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)) {
    activate(table()->buckets[*current_]);
  } else {
    QWidget::keyPressEvent(event);
  }
}

QString BucketView::textOf(const BucketWait& bucket) const {
  QString text = QStringLiteral("%1[%2]: ").arg(shown(table()->lock_class)).arg(bucket.index);
  text += tr("%1 of wait in %2 contentions")
              .arg(ns(bucket.before_ns), count(static_cast<double>(bucket.contentions_before)));
  if (findings_->isComparison())
    text +=
        tr(" before, %1 in %2 after").arg(ns(bucket.after_ns), count(static_cast<double>(bucket.contentions_after)));
  return text;
}

bool BucketView::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip) return QWidget::event(event);
  const auto* const help = static_cast<QHelpEvent*>(event);
  const BucketWait* const bucket = bucketAt(help->pos().x());
  if (bucket == nullptr)
    QToolTip::hideText();
  else
    QToolTip::showText(help->globalPos(), textOf(*bucket) + tr("\nClick to see only this lock."), this);
  return true;
}

// What is underlined is drawn wider than it is laid out.
constexpr int kUnderlined = 8;

BucketPage::BucketPage(QWidget* parent)
    : Page(parent), view_(new BucketView(this)), tables_(new QComboBox(this)), words_(new QLabel(this)) {
  auto* const bar = new QHBoxLayout;
  auto* const label = new QLabel(tr("&Table"), this);
  label->setBuddy(tables_);
  label->setMinimumWidth(label->sizeHint().width() + kUnderlined);
  tables_->setAccessibleName(tr("Hash table"));
  bar->addWidget(label);
  bar->addWidget(tables_);
  bar->addSpacing(16);
  bar->addWidget(words_);
  bar->addStretch();
  auto* const layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 4, 0, 0);
  layout->addLayout(bar);
  layout->addWidget(view_, 1);
  connect(tables_, &QComboBox::currentIndexChanged, this, &BucketPage::showTable);
  connect(view_, &BucketView::activated, this, &BucketPage::narrow);
}

void BucketPage::showFindings(const FindingsPtr& findings) {
  findings_ = findings;
  const QString was = tables_->currentText();
  const QSignalBlocker blocker(tables_);
  tables_->clear();
  for (const TableBuckets& table : findings->tables) tables_->addItem(shown(table.lock_class));
  tables_->setCurrentIndex(std::max(0, tables_->findText(was)));
  tables_->setVisible(!findings->tables.empty());
  showTable();
}

void BucketPage::showTable() {
  const auto index = static_cast<std::size_t>(std::max(0, tables_->currentIndex()));
  view_->show(findings_, index);
  if (index >= findings_->tables.size()) {
    words_->clear();
    return;
  }
  const TableBuckets& table = findings_->tables[index];
  const auto half = [](std::size_t buckets) {
    return buckets == 0 ? tr("no wait") : tr("half of the wait in %1 of them").arg(count(static_cast<double>(buckets)));
  };
  QString text = tr("%1 buckets with waits; ").arg(count(static_cast<double>(table.buckets.size())));
  text += findings_->isComparison()
              ? tr("before: %1; after: %2").arg(half(table.hot_half_before), half(table.hot_half_after))
              : half(table.hot_half_before);
  words_->setText(text);
}

}  // namespace socklock::gui
