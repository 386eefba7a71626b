// SPDX-License-Identifier: GPL-2.0-or-later
// A line above a part of a page.
#pragma once

#include <QFont>
#include <QLabel>

#include "gui/models/glossary.h"

namespace socklock::gui {

inline QLabel* heading(const QString& text, QWidget* parent) {
  auto* const label = new QLabel(parent);
  label->setObjectName(QStringLiteral("heading"));
  setHeading(label, text);
  QFont bold = label->font();
  bold.setBold(true);
  label->setFont(bold);
  return label;
}

}  // namespace socklock::gui
