// SPDX-License-Identifier: GPL-2.0-or-later
// Recordings of other tools and kernels in every page: what they do not know is not shown as nothing.
#include <gtest/gtest.h>

#include <QComboBox>
#include <QLabel>
#include <QTest>
#include <algorithm>

#include "gui/models/event_model.h"
#include "gui/models/matrices.h"
#include "gui/views/acquisitions_page.h"
#include "gui/views/bucket_view.h"
#include "gui/views/matrix_view.h"
#include "gui/views/theme.h"
#include "gui/views/timeline_page.h"
#include "gui/views/timeline_view.h"
#include "gui/views/verdict_strip.h"
#include "tests/gui/support.h"

namespace socklock::gui {
namespace {

using namespace testing;

std::unique_ptr<MainWindow> openTexts(const QStringList& before, const QStringList& after) {
  auto window = std::make_unique<MainWindow>(analyzer::Taxonomy::built_in());
  window->resize(1280, 860);
  window->show();
  const auto whole = [](const QStringList& names) {
    QStringList paths;
    for (const QString& name : names) paths.append(QStringLiteral(SOCKLOCK_SOURCE "/tests/") + name);
    return paths;
  };
  window->open(whole(before), whole(after));
  EXPECT_TRUE(eventually([&window] { return window->isSettled() && window->session().findings(); }));
  layOut();
  return window;
}

// /proc/lock_stat has sums: no quantile is 0 ns, and nobody is said not to have waited for an owner.
TEST(Recordings, of_sums_have_no_quantiles_and_a_unit) {
  const auto window = openTexts({QStringLiteral("golden/inputs/lock_stat.txt")}, {});
  const VerdictStrip& strip = *window->verdictStrip();
  EXPECT_FALSE(strip.sentenceText().contains(QStringLiteral("median"))) << strip.sentenceText().toStdString();
  EXPECT_TRUE(strip.sentenceText().contains(QStringLiteral("longest")));
  EXPECT_FALSE(strip.unit()->currentText().isEmpty());
  window->showPage(QStringLiteral("acquisitions"));
  const AcquisitionsPage& page = partOf<AcquisitionsPage>(*window);
  EXPECT_FALSE(page.notes().contains(QStringLiteral("Acquisitions: acquisitions"))) << page.notes().toStdString();
  EXPECT_TRUE(page.matrix()->whyEmpty().contains(QStringLiteral("does not say")))
      << page.matrix()->whyEmpty().toStdString();
}

// FreeBSD 9's probe of spins says no length: a wait of unknown length is none of 0 ns.
TEST(Recordings, of_waits_without_a_length_say_so) {
  const auto window = openTexts({QStringLiteral("data/freebsd/recorded/dtrace-9.3-conn-1.txt.gz")},
                                {QStringLiteral("data/freebsd/recorded/dtrace-14-conn-1.txt.gz")});
  ASSERT_TRUE(window->showPage(QStringLiteral("timeline")));
  ASSERT_TRUE(waitUntilSettled(*window));
  const EventModel& events = *partOf<TimelinePage>(*window).events();
  ASSERT_GT(events.rowCount(), 10);
  int unknown = 0;
  for (int row = 0; row < events.rowCount(); ++row) {
    const QString wait = events.index(row, EventModel::kWait).data().toString();
    EXPECT_NE(wait, QStringLiteral("0 ns"));
    unknown += wait == QStringLiteral("–") ? 1 : 0;
  }
  EXPECT_GT(unknown, 0);
}

// A lane has the colours of its classes also where waits are too many to be painted one by one.
TEST(Recordings, of_many_waits_have_lanes_in_the_colours_of_classes) {
  const auto window = openTexts({QStringLiteral("data/real/sampled/mutexes.slk")}, {});
  ASSERT_TRUE(window->showPage(QStringLiteral("timeline")));
  ASSERT_TRUE(waitUntilSettled(*window));
  TimelinePage& page = partOf<TimelinePage>(*window);
  ASSERT_GT(page.events()->timeline()->events->size(), 1500U) << "too few to be a picture of sums";
  const QImage image = page.view()->grab().toImage();
  // The lanes are the lower part, above the axis; there was ink and nothing else.
  int coloured = 0;
  for (int y = image.height() * 3 / 4; y < image.height() * 9 / 10; ++y)
    for (int x = image.width() / 4; x < image.width(); ++x)
      coloured += image.pixelColor(x, y).hsvSaturation() > 60 ? 1 : 0;
  EXPECT_GT(coloured, 50);
  EXPECT_EQ(page.events()->timeline()->groups.size(), kColouredClasses + 2);
}

// A table that only one side waited for has no "half of the wait in 0 of them".
TEST(Recordings, of_tables_that_one_side_has_say_so) {
  const auto window = testing::openCase();
  ASSERT_TRUE(window->showPage(QStringLiteral("buckets")));
  ASSERT_TRUE(waitUntilSettled(*window));
  const auto& tables = window->session().findings()->tables;
  ASSERT_TRUE(std::any_of(tables.begin(), tables.end(), [](const analyzer::TableBuckets& table) {
    return table.hot_half_before == 0 || table.hot_half_after == 0;
  })) << "nothing to test";
  const QWidget* const page = window->pages()->currentWidget();
  auto* const choice = page->findChild<QComboBox*>();
  for (int table = 0; table < choice->count(); ++table) {
    choice->setCurrentIndex(table);
    Q_EMIT choice->activated(table);
    for (const auto* const label : page->findChildren<QLabel*>())
      EXPECT_FALSE(label->text().contains(QStringLiteral("in 0 of them"))) << label->text().toStdString();
  }
}

// In cells too narrow for "▲ 74.6 µs" the arrow went first, and a change had no direction.
TEST(Recordings, of_packets_have_an_arrow_in_every_cell_of_a_change) {
  for (const double change : {74'600.0, -17.1, 0.0034, -0.0001})
    for (const QString& text : MatrixView::changeTexts(change)) {
      EXPECT_TRUE(text.startsWith(change < 0 ? QStringLiteral("▼") : QStringLiteral("▲"))) << text.toStdString();
      EXPECT_FALSE(text.contains(QStringLiteral("0.00 ns"))) << text.toStdString();
    }
  EXPECT_EQ(MatrixView::changeTexts(0), QStringList{QStringLiteral("0 ns")});
}

}  // namespace
}  // namespace socklock::gui
