// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/app/welcome_page.h"

#include <QCommandLinkButton>
#include <QLabel>
#include <QToolButton>

#include "gui/views/heading.h"

namespace socklock::gui {

WelcomePage::WelcomePage(QWidget* parent) : QWidget(parent), recent_(new QVBoxLayout) {
  auto* const title = new QLabel(tr("What do sockets wait for, and what did a change do to it?"), this);
  QFont large = title->font();
  large.setPointSizeF(large.pointSizeF() * 1.6);
  title->setFont(large);
  auto* const compare = new QCommandLinkButton(tr("Compare two sides"), tr("Runs before and after a change"), this);
  auto* const open = new QCommandLinkButton(tr("Explore recordings"), tr("One side, one trace or more"), this);
  auto* const hint = new QLabel(tr("… or drop traces (*.slk) here. To record: sudo socklock record -o before-1.slk -l "
                                   "before -- ./workload"),
                                this);
  hint->setTextInteractionFlags(Qt::TextSelectableByMouse);
  hint->setWordWrap(true);
  auto* const column = new QVBoxLayout;
  column->setSpacing(10);
  column->addWidget(title);
  column->addSpacing(10);
  column->addWidget(compare);
  column->addWidget(open);
  column->addWidget(hint);
  column->addSpacing(14);
  column->addLayout(recent_);
  auto* const layout = new QVBoxLayout(this);
  layout->addStretch(1);
  auto* const middle = new QHBoxLayout;
  middle->addStretch();
  middle->addLayout(column);
  middle->addStretch();
  layout->addLayout(middle);
  layout->addStretch(2);
  connect(open, &QAbstractButton::clicked, this, &WelcomePage::openWanted);
  connect(compare, &QAbstractButton::clicked, this, &WelcomePage::compareWanted);
  refresh();
}

void WelcomePage::refresh() {
  while (QLayoutItem* const item = recent_->takeAt(0)) {
    delete item->widget();
    delete item;
  }
  const auto items = recentItems();
  if (!items.isEmpty()) recent_->addWidget(heading(tr("Opened lately"), this));
  for (const RecentItem& item : items) {
    // A button: what a label would have to be a link for is markup, which labels are not.
    auto* const link = new QToolButton(this);
    link->setText(item.text().replace(QLatin1Char('&'), QStringLiteral("&&")));
    link->setAutoRaise(true);
    link->setCursor(Qt::PointingHandCursor);
    link->setToolTip((item.before + item.after).join(QLatin1Char('\n')));
    connect(link, &QToolButton::clicked, this, [this, item] { Q_EMIT recentChosen(item); });
    recent_->addWidget(link, 0, Qt::AlignLeft);
  }
}

}  // namespace socklock::gui
