// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/theme.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace socklock::gui {

using analyzer::Verdict;

namespace {

// Relative luminance, WCAG 2.1.
double luminance(const QColor& colour) {
  const auto linear = [](double c) { return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); };
  return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
}

}  // namespace

double contrast(const QColor& a, const QColor& b) {
  const double of_a = luminance(a), of_b = luminance(b);
  return (std::max(of_a, of_b) + 0.05) / (std::min(of_a, of_b) + 0.05);
}

QString indicatorStyle(const Theme& theme) {
  return QStringLiteral(
             "QRadioButton::indicator, QCheckBox::indicator, QListWidget::indicator { width: 11px; height: 11px; "
             "border: 1px solid %1; "
             "background: %2 } QRadioButton::indicator { border-radius: 6px } QCheckBox::indicator, "
             "QListWidget::indicator { border-radius: 2px } "
             "QRadioButton::indicator:checked, QCheckBox::indicator:checked, QListWidget::indicator:checked { "
             "background: qradialgradient(cx: 0.5, "
             "cy: 0.5, radius: 0.5, fx: 0.5, fy: 0.5, stop: 0 %3, stop: 0.6 %3, stop: 0.7 %2, stop: 1 %2) } "
             "QRadioButton::indicator:focus, QCheckBox::indicator:focus { border-color: %3 }")
      .arg(theme.soft.name(), theme.paper.name(), theme.after.name());
}

QColor Theme::of(Verdict verdict) const {
  switch (verdict) {
    case Verdict::kImproved: return better;
    case Verdict::kRegressed: return worse;
    case Verdict::kUnchanged: return neutral;
    case Verdict::kDiffers:
    case Verdict::kNotJudged:
    case Verdict::kInconclusive: break;
  }
  return unclear;
}

QColor Theme::of(analyzer::Tone tone) const {
  switch (tone) {
    case analyzer::Tone::kBetter: return better;
    case analyzer::Tone::kWorse: return worse;
    case analyzer::Tone::kSame: return neutral;
    case analyzer::Tone::kUnclear: return unclear;
    case analyzer::Tone::kPlain: break;
  }
  return ink;
}

QColor Theme::ofChange(double deltaNs) const {
  if (deltaNs == 0) return neutral;
  return deltaNs < 0 ? better : worse;
}

QColor Theme::faded(const QColor& colour, double strength) const {
  const auto mix = [strength](float a, float b) { return a + static_cast<float>(strength) * (b - a); };
  return QColor::fromRgbF(mix(paper.redF(), colour.redF()), mix(paper.greenF(), colour.greenF()),
                          mix(paper.blueF(), colour.blueF()));
}

QColor Theme::ofSeries(int index) const {
  static const std::array<QRgb, 8> kLight{0xff5c8ddf, 0xffc98700, 0xff0d7f4b, 0xffd27b93,
                                          0xff39759e, 0xffae3300, 0xff50545b, 0xff423e91};
  static const std::array<QRgb, 8> kDark{0xff4c98ce, 0xfff6ba43, 0xff68f1b8, 0xffd08fab,
                                         0xff90d0f5, 0xffe37943, 0xffaf9276, 0xff7793ff};
  const auto number = static_cast<std::size_t>(index);
  return number < kLight.size() ? QColor::fromRgb((dark ? kDark : kLight)[number]) : faded(soft, 0.6);
}

QColor Theme::textOn(const QColor& background) {
  return contrast(Qt::black, background) > contrast(Qt::white, background) ? QColor(Qt::black) : QColor(Qt::white);
}

Theme themeOf(const QPalette& palette) {
  Theme theme;
  theme.dark = palette.color(QPalette::Base).lightness() < 128;
  theme.paper = palette.color(QPalette::Base);
  theme.ink = palette.color(QPalette::Text);
  if (theme.dark) {
    theme.card = QColor(0x22, 0x29, 0x32);
    theme.soft = QColor(0xa4, 0xae, 0xba);
    theme.line = QColor(0x3a, 0x42, 0x4c);
    theme.zone = QColor(0x2a, 0x32, 0x3c);
    theme.before = QColor(0xd9, 0xb4, 0x4a);
    theme.after = QColor(0x56, 0xb4, 0xe9);
    theme.better = QColor(0x2f, 0xb7, 0x80);
    theme.worse = QColor(0xff, 0x8a, 0x4c);
    theme.neutral = QColor(0xc3, 0xca, 0xd3);
    theme.unclear = QColor(0xb7, 0x9c, 0xf0);
  } else {
    theme.card = QColor(0xf3, 0xf5, 0xf8);
    theme.soft = QColor(0x56, 0x60, 0x6b);
    theme.line = QColor(0xd4, 0xda, 0xe1);
    theme.zone = QColor(0xe6, 0xea, 0xef);
    theme.before = QColor(0x7a, 0x5c, 0x00);
    theme.after = QColor(0x00, 0x64, 0xb4);
    theme.better = QColor(0x00, 0x80, 0x4a);
    theme.worse = QColor(0x9c, 0x2f, 0x00);
    theme.neutral = QColor(0x62, 0x68, 0x7c);
    theme.unclear = QColor(0x6f, 0x3f, 0xb8);
  }
  return theme;
}

QPalette paletteFor(bool dark) {
  const QColor window = dark ? QColor(0x1b, 0x20, 0x27) : QColor(0xf6, 0xf7, 0xf9);
  const QColor base = dark ? QColor(0x14, 0x18, 0x1e) : QColor(0xff, 0xff, 0xff);
  const QColor ink = dark ? QColor(0xe3, 0xe8, 0xee) : QColor(0x1c, 0x21, 0x28);
  const QColor button = dark ? QColor(0x29, 0x31, 0x3a) : QColor(0xec, 0xef, 0xf3);
  const QColor faint = dark ? QColor(0x76, 0x80, 0x8c) : QColor(0x8a, 0x93, 0x9e);
  QPalette palette(ink, button, dark ? QColor(0x4a, 0x56, 0x64) : QColor(0xff, 0xff, 0xff),
                   dark ? QColor(0x5d, 0x6a, 0x79) : QColor(0x9a, 0xa2, 0xac),
                   dark ? QColor(0x20, 0x27, 0x2f) : QColor(0xc4, 0xca, 0xd2), ink, base);
  palette.setColor(QPalette::Window, window);
  palette.setColor(QPalette::WindowText, ink);
  palette.setColor(QPalette::ButtonText, ink);
  palette.setColor(QPalette::AlternateBase, dark ? QColor(0x19, 0x1f, 0x26) : QColor(0xf7, 0xf9, 0xfb));
  palette.setColor(QPalette::ToolTipBase, dark ? QColor(0x2a, 0x32, 0x3c) : QColor(0xff, 0xff, 0xf4));
  palette.setColor(QPalette::ToolTipText, ink);
  palette.setColor(QPalette::PlaceholderText, faint);
  palette.setColor(QPalette::Highlight, dark ? QColor(0x2c, 0x5f, 0x8a) : QColor(0x00, 0x72, 0xb2));
  palette.setColor(QPalette::HighlightedText, Qt::white);
  palette.setColor(QPalette::Link, dark ? QColor(0x6c, 0xb8, 0xf0) : QColor(0x00, 0x5c, 0x99));
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
    palette.setColor(QPalette::Disabled, role, faint);
  return palette;
}

}  // namespace socklock::gui
