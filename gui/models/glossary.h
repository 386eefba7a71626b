// SPDX-License-Identifier: GPL-2.0-or-later
// The words of the screen that a newcomer can't know, once for all headings.
#pragma once

#include <QString>
#include <vector>

class QLabel;

namespace socklock::gui {

struct Term {
  QString word;
  QString pattern;  // a regular expression: how headings say it
  QString meaning;
};

const std::vector<Term>& glossary();

// What the glossary says of the words of a heading, a line each; empty where it has none of them.
QString explained(const QString& heading);

// The text of a heading, and behind it what its words mean.
void setHeading(QLabel* label, const QString& text);

}  // namespace socklock::gui
