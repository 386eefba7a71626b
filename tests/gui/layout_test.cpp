// SPDX-License-Identifier: GPL-2.0-or-later
// What there is room for, what is remembered of how somebody laid the window out, and that noise has no colour of a
// verdict.
#include <gtest/gtest.h>

#include <QHeaderView>
#include <QSplitter>
#include <QTableView>
#include <QTest>

#include "analyzer/label/labelled_run.h"
#include "gui/app/pages.h"
#include "gui/app/recent.h"
#include "gui/app/welcome_page.h"
#include "gui/models/slice_model.h"
#include "gui/views/distribution_view.h"
#include "gui/views/matrix_view.h"
#include "gui/views/slice_table.h"
#include "gui/views/theme.h"
#include "gui/views/verdict_strip.h"
#include "gui/views/waterfall_view.h"
#include "tests/gui/support.h"

namespace socklock::gui {
namespace {

using namespace testing;

std::unique_ptr<MainWindow> openRuns(const QStringList& before, const QStringList& after, QSize size) {
  auto window = std::make_unique<MainWindow>(analyzer::Taxonomy::built_in());
  window->resize(size);
  window->show();
  window->open(before, after);
  EXPECT_TRUE(waitUntilAnswered(window->session()));
  return window;
}

std::unique_ptr<MainWindow> openCase(QSize size) {
  return openRuns(caseRuns(QStringLiteral("pressure/6.1")), caseRuns(QStringLiteral("pressure/7.2")), size);
}

TEST(Layout, leaves_pages_three_quarters_of_a_small_window) {
  const auto window = openCase({1024, 700});
  for (const std::string& id : pageIds()) {
    ASSERT_TRUE(window->showPage(QString::fromStdString(id)));
    layOut();
    EXPECT_LT(window->verdictStrip()->height(), window->height() / 4) << id;
    EXPECT_LE(window->width(), 1024) << id << ": the page does not fit";
    EXPECT_LE(window->height(), 700) << id << ": the page does not fit";
  }
}

// Rows that there is no room for can be scrolled to, with keys as well.
TEST(Layout, drops_no_row_of_the_heat_map) {
  const auto window = openCase({1024, 700});
  window->showPage(QStringLiteral("comparison"));
  layOut();
  MatrixView& matrix = *window->pages()->currentWidget()->findChild<MatrixView*>();
  const auto rows = classPathMatrix(*window->session().findings()).rows;
  ASSERT_GT(rows.size(), 5U);
  const auto column = classPathMatrix(*window->session().findings()).columns.front().title;
  EXPECT_TRUE(matrix.cellRect(rows.back().title, column).isNull()) << "all fit: nothing to test";
  for (std::size_t i = 0; i <= rows.size(); ++i) QTest::keyClick(&matrix, Qt::Key_Down);
  EXPECT_FALSE(matrix.cellRect(rows.back().title, column).isNull());
}

TEST(Layout, is_remembered) {
  QList<int> sizes;
  {
    const auto window = openCase({1111, 777});
    QTableView& table = *partOf<SliceTable>(*window).table();
    table.setColumnWidth(1, 177);
    table.sortByColumn(2, Qt::AscendingOrder);
    auto* const splitter = window->pages()->currentWidget()->findChild<QSplitter*>();
    ASSERT_NE(splitter, nullptr);
    splitter->setSizes({100, 300});
    sizes = splitter->sizes();
    window->showPage(QStringLiteral("stacks"));
    window->close();
  }
  MainWindow window(analyzer::Taxonomy::built_in());
  EXPECT_EQ(window.size(), QSize(1111, 777));
  EXPECT_EQ(window.pageId(), QStringLiteral("stacks"));
  window.show();
  window.showPage(QStringLiteral("comparison"));
  window.open(caseRuns(QStringLiteral("pressure/6.1")), caseRuns(QStringLiteral("pressure/7.2")));
  ASSERT_TRUE(waitUntilAnswered(window.session()));
  const QTableView& table = *partOf<SliceTable>(window).table();
  EXPECT_EQ(table.columnWidth(1), 177);
  EXPECT_EQ(table.horizontalHeader()->sortIndicatorSection(), 2);
  EXPECT_EQ(table.horizontalHeader()->sortIndicatorOrder(), Qt::AscendingOrder);
  const QList<int> again = window.pages()->currentWidget()->findChild<QSplitter*>()->sizes();
  EXPECT_NEAR(again[0], sizes[0], 2);
}

// Half of one side against the other half: whatever differs is chance.
TEST(Noise, has_no_colour_of_a_verdict) {
  const QStringList runs = caseRuns(QStringLiteral("pressure/6.1"));
  const auto window = openRuns(runs.mid(0, 3), runs.mid(3, 3), {1280, 860});
  const Theme theme = themeOf(window->palette());
  const auto most = [](const QImage& image, const QVector<QColor>& but) {
    int saturation = 0;
    for (int y = 0; y < image.height(); ++y)
      for (int x = 0; x < image.width(); ++x) {
        const QColor colour = image.pixelColor(x, y);
        if (!but.contains(colour)) saturation = std::max(saturation, colour.hsvSaturation());
      }
    return saturation;
  };
  const int allowed = std::max(theme.neutral.hsvSaturation(), theme.soft.hsvSaturation()) + 12;
  ASSERT_LT(allowed, theme.better.hsvSaturation());
  ASSERT_LT(allowed, theme.worse.hsvSaturation());
  EXPECT_LE(most(partOf<MatrixView>(*window).grab().toImage(), {}), allowed);
  EXPECT_LE(most(partOf<WaterfallView>(*window).grab().toImage(), {theme.before, theme.after}), allowed);
}

TEST(Figures, are_never_so_rounded_that_nothing_is_left) {
  const auto window = openRuns(caseRuns(QStringLiteral("pressure/7.2")), {}, {1280, 860});
  const QAbstractItemModel& rows = *partOf<SliceTable>(*window).table()->model();
  ASSERT_GT(rows.rowCount(), 3);
  for (int row = 0; row < rows.rowCount(); ++row)
    for (int column = 0; column < rows.columnCount(); ++column) {
      const QString text = rows.index(row, column).data().toString();
      EXPECT_NE(text, QStringLiteral("0.00"));
      EXPECT_NE(text, QStringLiteral("-100%"));
    }
}

// What the window calls the median, reports call so: of all waits of a side together.
TEST(WaitTimes, have_the_quantiles_of_reports) {
  const FindingsPtr findings = answerTo(exampleQuestion());
  ASSERT_NE(findings, nullptr);
  for (const auto& [times, side] : {std::pair{&findings->times_before, &findings->comparison.everything.before},
                                    std::pair{&findings->times_after, &findings->comparison.everything.after}}) {
    ASSERT_FALSE(times->quantiles.empty());
    for (const analyzer::Quantile& quantile : times->quantiles)
      EXPECT_EQ(quantile.ns, side->stats.quantile_ns(quantile.q)) << quantile.q;
  }
}

TEST(Recent, items_are_named_with_their_folder) {
  const RecentItem one{{QStringLiteral("/a/6.1/1.slk")}, {QStringLiteral("/a/7.2/1.slk")}};
  const RecentItem other{{QStringLiteral("/a/6.2/1.slk")}, {QStringLiteral("/a/7.2/1.slk")}};
  EXPECT_NE(one.text(), other.text());
  EXPECT_TRUE(one.text().contains(QStringLiteral("6.1/1.slk"))) << one.text().toStdString();
}

TEST(Welcome, can_not_be_clicked_while_an_answer_is_awaited) {
  MainWindow window(analyzer::Taxonomy::built_in());
  window.show();
  window.open(caseRuns(QStringLiteral("pressure/6.1")), {});
  EXPECT_FALSE(partOf<WelcomePage>(window).isEnabled());
  ASSERT_TRUE(waitUntilAnswered(window.session()));
  EXPECT_TRUE(partOf<WelcomePage>(window).isEnabled());
}

}  // namespace
}  // namespace socklock::gui
