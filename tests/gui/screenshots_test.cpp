// SPDX-License-Identifier: GPL-2.0-or-later
// A picture of each page, light and dark, in the build folder for a person to look at. What a machine can
// check of a picture is checked: that it is there, of the right size, and not of one colour.
#include <gtest/gtest.h>

#include <QApplication>
#include <QSet>
#include <QTest>

#include "gui/app/pages.h"
#include "gui/views/theme.h"
#include "tests/gui/support.h"

namespace socklock::gui {
namespace {

using namespace testing;

void expectPicture(MainWindow& window, const QString& name) {
  ASSERT_TRUE(waitUntilSettled(window));
  const QImage image = window.grab().toImage();
  EXPECT_TRUE(image.save(QStringLiteral(SOCKLOCK_SCREENSHOTS "/") + name + QStringLiteral(".png")));
  QSet<QRgb> colours;
  for (int y = 0; y < image.height(); y += 3)
    for (int x = 0; x < image.width(); x += 3) colours.insert(image.pixel(x, y));
  EXPECT_GT(colours.size(), 30) << qPrintable(name);
}

void picturesOfAllPages(bool dark) {
  QApplication::setStyle(QStringLiteral("Fusion"));
  QApplication::setPalette(paletteFor(dark));
  const QString theme = dark ? QStringLiteral("dark") : QStringLiteral("light");
  const auto window = openExample();
  for (const std::string& page : pageIds()) {
    ASSERT_TRUE(window->showPage(QString::fromStdString(page))) << page;
    expectPicture(*window, QString::fromStdString(page) + QLatin1Char('-') + theme);
  }
}

TEST(Screenshots, of_all_pages_in_light_colours) { picturesOfAllPages(false); }
TEST(Screenshots, of_all_pages_in_dark_colours) { picturesOfAllPages(true); }

TEST(Screenshots, of_an_empty_window_and_of_one_trace) {
  QApplication::setStyle(QStringLiteral("Fusion"));
  QApplication::setPalette(paletteFor(false));
  MainWindow window(analyzer::Taxonomy::built_in());
  window.resize(1100, 760);
  window.show();
  expectPicture(window, QStringLiteral("welcome"));
  window.open(exampleRuns(QStringLiteral("before")).mid(0, 1), {});
  ASSERT_TRUE(waitUntilAnswered(window.session()));
  expectPicture(window, QStringLiteral("overview-light"));
}

TEST(Screenshots, of_a_kernel_against_another) {
  QApplication::setStyle(QStringLiteral("Fusion"));
  QApplication::setPalette(paletteFor(false));
  MainWindow window(analyzer::Taxonomy::built_in());
  window.resize(1400, 900);
  window.show();
  window.open(caseRuns(QStringLiteral("pressure/6.1")), caseRuns(QStringLiteral("pressure/7.2")));
  ASSERT_TRUE(waitUntilAnswered(window.session()));
  expectPicture(window, QStringLiteral("case-light"));
}

}  // namespace
}  // namespace socklock::gui
