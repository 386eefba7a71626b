// SPDX-License-Identifier: GPL-2.0-or-later
// Colours, computed: text can be read (WCAG 2.1, contrast 4.5), verdicts and sides are distinguished with any kind of
// colour vision, and they are those of HTML reports.
#include "gui/views/theme.h"

#include <gtest/gtest.h>

#include <QFile>
#include <QMap>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <array>
#include <cmath>

#include "analyzer/label/labelled_run.h"
#include "gui/jobs/class_colours.h"
#include "tests/gui/support.h"

namespace socklock::gui {
namespace {

using namespace testing;
using Matrix3 = std::array<std::array<double, 3>, 3>;

constexpr Matrix3 kUsual{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
// Machado, Oliveira, Fernandes 2009, severity 1.0, of linear RGB.
constexpr Matrix3 kDeuteranopia{
    {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}}};
constexpr Matrix3 kProtanopia{
    {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}}};

double linear(double c) { return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); }

// CIE L*a*b* (D65) as somebody of that colour vision sees it.
std::array<double, 3> seen(const QColor& colour, const Matrix3& vision) {
  const std::array<double, 3> from{linear(colour.redF()), linear(colour.greenF()), linear(colour.blueF())};
  std::array<double, 3> rgb{};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) rgb[i] += vision[i][j] * from[j];
    rgb[i] = std::clamp(rgb[i], 0.0, 1.0);
  }
  const auto f = [](double t) { return t > 0.008856 ? std::cbrt(t) : 7.787 * t + 16.0 / 116; };
  const double x = f((0.4124564 * rgb[0] + 0.3575761 * rgb[1] + 0.1804375 * rgb[2]) / 0.95047);
  const double y = f(0.2126729 * rgb[0] + 0.7151522 * rgb[1] + 0.0721750 * rgb[2]);
  const double z = f((0.0193339 * rgb[0] + 0.1191920 * rgb[1] + 0.9503041 * rgb[2]) / 1.08883);
  return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

double difference(const QColor& a, const QColor& b, const Matrix3& vision) {
  const auto one = seen(a, vision), other = seen(b, vision);
  return std::hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);
}

void expectDistinguished(const QVector<QColor>& colours) {
  for (int i = 0; i < colours.size(); ++i)
    for (int j = 0; j < i; ++j)
      for (const Matrix3* vision : {&kUsual, &kDeuteranopia, &kProtanopia})
        EXPECT_GE(difference(colours[i], colours[j], *vision), 20)
            << colours[i].name().toStdString() << " and " << colours[j].name().toStdString();
}

class Themes : public ::testing::TestWithParam<bool> {
 protected:
  [[nodiscard]] static QPalette palette() { return paletteFor(GetParam()); }
  [[nodiscard]] static Theme theme() { return themeOf(palette()); }
};

TEST_P(Themes, distinguish_verdicts_and_sides_with_any_colour_vision) {
  const Theme theme = this->theme();
  expectDistinguished({theme.better, theme.worse, theme.neutral, theme.unclear});
  expectDistinguished({theme.before, theme.after});
}

// Lock classes on the timeline, next to each other in any order: told apart, and seen on the paper (3 is asked of what
// is no text).
TEST_P(Themes, distinguish_all_series_with_any_colour_vision) {
  const Theme theme = this->theme();
  QVector<QColor> series;
  for (int i = 0; i <= static_cast<int>(kColouredClasses); ++i) series.append(theme.ofSeries(i));
  expectDistinguished(series);
  for (const QColor& colour : series) EXPECT_GE(contrast(colour, theme.paper), 3) << colour.name().toStdString();
}

TEST_P(Themes, have_text_that_can_be_read_wherever_it_stands) {
  const Theme theme = this->theme();
  const QPalette palette = this->palette();
  for (const QColor& background :
       {theme.paper, theme.card, palette.color(QPalette::Window), palette.color(QPalette::AlternateBase)})
    for (const QColor& text :
         {theme.ink, theme.soft, theme.before, theme.after, theme.better, theme.worse, theme.neutral, theme.unclear})
      EXPECT_GE(contrast(text, background), 4.5)
          << text.name().toStdString() << " on " << background.name().toStdString();
  EXPECT_GE(contrast(palette.color(QPalette::HighlightedText), palette.color(QPalette::Highlight)), 4.5);
  EXPECT_GE(contrast(palette.color(QPalette::ToolTipText), palette.color(QPalette::ToolTipBase)), 4.5);
  // On cells and frames of any strength.
  for (const QColor& colour : {theme.before, theme.after, theme.better, theme.worse, theme.neutral, theme.unclear})
    for (int percent = 0; percent <= 100; ++percent) {
      const QColor fill = theme.faded(colour, percent / 100.0);
      EXPECT_GE(contrast(Theme::textOn(fill), fill), 4.5) << fill.name().toStdString();
    }
  // The bar beneath a figure.
  for (const QColor& side : {theme.before, theme.after}) EXPECT_GE(contrast(theme.ink, theme.faded(side, 0.3)), 4.5);
}

// Of the parts of a control 3 is asked for.
TEST_P(Themes, outline_what_can_be_chosen) {
  EXPECT_GE(contrast(theme().soft, palette().color(QPalette::Window)), 3);
  EXPECT_GE(contrast(theme().after, theme().paper), 3);
}

INSTANTIATE_TEST_SUITE_P(LightAndDark, Themes, ::testing::Values(false, true));

TEST(Themes, are_those_of_html_reports) {
  const QTemporaryDir folder;
  const QString file = folder.filePath(QStringLiteral("report.html"));
  const auto window = openExample();
  QSignalSpy exported(window.get(), &MainWindow::exported);
  window->exportTo(file);
  ASSERT_TRUE(exported.count() > 0 || exported.wait(100'000));
  QFile report(file);
  ASSERT_TRUE(report.open(QIODevice::ReadOnly));
  const QString text = QString::fromUtf8(report.readAll());
  for (const bool dark : {false, true}) {
    const Theme theme = themeOf(paletteFor(dark));
    const QMap<QString, QColor> colours{
        {QStringLiteral("before"), theme.before},     {QStringLiteral("after"), theme.after},
        {QStringLiteral("improved"), theme.better},   {QStringLiteral("regressed"), theme.worse},
        {QStringLiteral("unchanged"), theme.neutral}, {QStringLiteral("inconclusive"), theme.unclear}};
    for (auto colour = colours.begin(); colour != colours.end(); ++colour) {
      auto found = QRegularExpression(QStringLiteral("--%1:(#[0-9a-f]{6})").arg(colour.key())).globalMatch(text);
      ASSERT_TRUE(found.hasNext()) << colour.key().toStdString();
      QString value = found.next().captured(1);
      if (dark) value = found.next().captured(1);  // the second style is that of dark screens
      EXPECT_EQ(value, colour->name()) << colour.key().toStdString();
    }
  }
}

}  // namespace
}  // namespace socklock::gui
