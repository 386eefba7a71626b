// SPDX-License-Identifier: GPL-2.0-or-later
// The colours of everything that is painted, those of sides and verdicts the same as in HTML reports. With any kind of
// colour vision verdicts can be distinguished, and sides; text in them can be read on every background that the viewer
// has (tests/gui/theme_test.cpp computes both). Even so no colour stands alone: a sign, a shape or a word says the
// same.
#pragma once

#include <QColor>
#include <QPalette>
#include <QString>

#include "analyzer/compare/estimate.h"
#include "analyzer/document/figure.h"

namespace socklock::gui {

struct Theme {
  bool dark = false;
  QColor paper, card, ink, soft, line, zone;
  QColor before, after;
  QColor better, worse, neutral, unclear;

  [[nodiscard]] QColor of(analyzer::Verdict verdict) const;
  [[nodiscard]] QColor of(analyzer::Tone tone) const;
  // The side that waits more, where changes are not judged.
  [[nodiscard]] QColor ofSide(double deltaNs) const { return deltaNs == 0 ? neutral : deltaNs < 0 ? before : after; }
  // Of a change of the wait: less is better.
  [[nodiscard]] QColor ofChange(double deltaNs) const;
  // Something between the paper and `colour`: `strength` from 0 to 1.
  [[nodiscard]] QColor faded(const QColor& colour, double strength) const;
  // Colours that distinguish members of a list; repeat after eight.
  // Of classes; behind those that have one, neither: not known.
  [[nodiscard]] QColor ofSeries(int index) const;
  // Black or white, whichever can be read on it.
  static QColor textOn(const QColor& background);
};

// Light or dark as the palette is (Qt 6.4 has no colour scheme to ask for).
Theme themeOf(const QPalette& palette);
// A palette of ours, for --theme.
QPalette paletteFor(bool dark);
// Radio buttons and check boxes whose outline can be seen: that of the style is darker than a dark window.
QString indicatorStyle(const Theme& theme);
// How well one is seen on the other, from 1 to 21: WCAG 2.1, contrast ratio.
double contrast(const QColor& a, const QColor& b);

}  // namespace socklock::gui
