// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/message_bar.h"

#include <QHBoxLayout>
#include <QToolButton>

#include "gui/views/theme.h"

namespace socklock::gui {

MessageBar::MessageBar(QWidget* parent) : QFrame(parent), label_(new QLabel(this)) {
  setObjectName(QStringLiteral("messageBar"));
  label_->setWordWrap(true);
  label_->setTextFormat(Qt::PlainText);
  label_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  auto* const close = new QToolButton(this);
  close->setText(QStringLiteral("✕"));
  close->setAutoRaise(true);
  close->setToolTip(tr("Dismiss"));
  auto* const layout = new QHBoxLayout(this);
  layout->setContentsMargins(10, 5, 5, 5);
  layout->addWidget(label_, 1);
  layout->addWidget(close);
  connect(close, &QToolButton::clicked, this, &QWidget::hide);
  hide();
}

void MessageBar::say(const QString& words, const QString& hint) {
  const Theme theme = themeOf(palette());
  label_->setText(QStringLiteral("⚠ ") + (hint.isEmpty() ? words : words + QStringLiteral("\n") + hint));
  setStyleSheet(QStringLiteral("#messageBar { background: %1; border: 1px solid %2; border-radius: 4px }")
                    .arg(theme.faded(theme.worse, 0.18).name(), theme.worse.name()));
  show();
}

}  // namespace socklock::gui
