// SPDX-License-Identifier: GPL-2.0-or-later
// A picture of each page, light and dark, on screens of four sizes, in the build folder for a person to look at. What a
// machine can check of a picture is checked: that it is there, of the right size, and not of one colour.
#include <gtest/gtest.h>

#include <QApplication>
#include <QTest>

#include "gui/app/pages.h"
#include "gui/views/theme.h"
#include "tests/gui/support.h"

namespace socklock::gui {
namespace {

using namespace testing;

void picturesOfAllPages(bool dark) {
  QApplication::setStyle(QStringLiteral("Fusion"));
  QApplication::setPalette(paletteFor(dark));
  const QString theme = dark ? QStringLiteral("dark") : QStringLiteral("light");
  MainWindow window(analyzer::Taxonomy::built_in());
  window.show();
  window.open(caseRuns(QStringLiteral("pressure/6.1")), caseRuns(QStringLiteral("pressure/7.2")));
  ASSERT_TRUE(waitUntilAnswered(window.session()));
  for (const Screen& screen : kScreens) {
    window.resize(screen.size);
    for (const std::string& page : pageIds()) {
      ASSERT_TRUE(window.showPage(QString::fromStdString(page))) << page;
      layOut();
      EXPECT_EQ(window.size(), screen.size) << page << " does not fit into " << screen.name;
      expectPicture(window,
                    QStringLiteral("%1-%2-%3").arg(QString::fromStdString(page), theme, QLatin1String(screen.name)),
                    screen.scale);
    }
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
