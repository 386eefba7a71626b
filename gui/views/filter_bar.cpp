// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/filter_bar.h"

#include <QToolButton>

#include "analyzer/measure/conditions.h"
#include "gui/models/text.h"
#include "gui/views/theme.h"

namespace socklock::gui {

namespace {

// "tcp.ehash"; a time in words.
QString valueText(const analyzer::Condition& condition) {
  return shown(analyzer::text_of({condition.kind, condition.value, false}).substr(condition.kind.size() + 1));
}

}  // namespace

FilterBar::FilterBar(QWidget* parent) : QWidget(parent), chips_(new QHBoxLayout(this)) {
  chips_->setContentsMargins(0, 0, 0, 0);
  show({});
}

void FilterBar::show(const analyzer::Filter& filter) {
  while (QLayoutItem* const item = chips_->takeAt(0)) {
    if (item->widget() != nullptr) item->widget()->deleteLater();
    delete item;
  }
  const Theme theme = themeOf(palette());
  const auto conditions = analyzer::conditions(filter);
  auto* const label = new QLabel(this);
  label->setText(conditions.empty() ? tr("No filter: click a class, a path or a cell, and every view shows only that.")
                                    : tr("Only"));
  QPalette soft = label->palette();
  soft.setColor(QPalette::WindowText, theme.soft);
  label->setPalette(soft);
  chips_->addWidget(label);
  for (const analyzer::Condition& condition : conditions) {
    auto* const chip = new QToolButton(this);
    const QString name = shown(condition.kind);
    chip->setObjectName(QStringLiteral("chip_") + name);
    chip->setText((condition.leaves_out ? tr("not %1: %2  ✕") : tr("%1: %2  ✕")).arg(name, valueText(condition)));
    chip->setToolTip(tr("Take this condition away"));
    chip->setStyleSheet(
        QStringLiteral("QToolButton { background: %1; border: 1px solid %2; border-radius: 9px; "
                       "padding: 2px 9px } QToolButton:hover, QToolButton:focus { background: %3 }")
            .arg(theme.faded(theme.after, 0.2).name(), theme.after.name(), theme.faded(theme.after, 0.35).name()));
    connect(chip, &QToolButton::clicked, this, [this, condition] { Q_EMIT removed(condition); });
    chips_->addWidget(chip);
  }
  if (conditions.size() > 1) {
    auto* const clear = new QToolButton(this);
    clear->setText(tr("clear all"));
    clear->setAutoRaise(true);
    connect(clear, &QToolButton::clicked, this, &FilterBar::cleared);
    chips_->addWidget(clear);
  }
  chips_->addStretch();
}

}  // namespace socklock::gui
