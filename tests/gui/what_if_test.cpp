// SPDX-License-Identifier: GPL-2.0-or-later
// The page that says what a change would leave: on real recordings, and what it refuses.
#include <gtest/gtest.h>

#include <QTest>

#include "gui/app/main_window.h"
#include "gui/views/comparison_page.h"
#include "gui/views/what_if_page.h"
#include "tests/gui/support.h"

namespace socklock::gui {
namespace {

using namespace testing;

WhatIfPage* pageOf(MainWindow& window) {
  EXPECT_TRUE(window.showPage(QStringLiteral("what-if")));
  return &partOf<WhatIfPage>(window);
}

bool settled(WhatIfPage* page) {
  return QTest::qWaitFor([page] { return page->isSettled(); }, 30'000);
}

TEST(WhatIf, estimates_a_change_and_says_that_it_is_one) {
  const auto window = openExample();
  WhatIfPage* const page = pageOf(*window);
  ASSERT_TRUE(settled(page));
  EXPECT_EQ(page->classes()->currentData().toString(), QStringLiteral("tcp.listen_sock.owner"));
  page->kinds()->setCurrentIndex(1);  // one for each thread
  ASSERT_TRUE(settled(page));
  EXPECT_TRUE(page->refusal().isEmpty()) << page->refusal().toStdString();
  EXPECT_TRUE(page->words().contains(QStringLiteral("an estimate, not a measurement")));
  EXPECT_FALSE(page->words().contains(QStringLiteral("improved")));
  EXPECT_EQ(page->answer().estimate.touched_left.high, 0);
  EXPECT_TRUE(window->grab().save(QStringLiteral(SOCKLOCK_SCREENSHOTS "/what-if-estimated.png")));
}

TEST(WhatIf, refuses_in_words_where_holders_did_not_run) {
  const auto window = openExample();
  WhatIfPage* const page = pageOf(*window);
  ASSERT_TRUE(settled(page));
  page->kinds()->setCurrentIndex(0);
  page->number()->setValue(2);
  ASSERT_TRUE(settled(page));
  EXPECT_TRUE(page->refusal().contains(QStringLiteral("Refused")));
  EXPECT_TRUE(page->answer().curve.empty());
  EXPECT_TRUE(page->words().isEmpty());
}

TEST(WhatIf, is_asked_from_the_table_of_slices) {
  const auto window = openExample();
  Q_EMIT partOf<ComparisonPage>(*window).whatIfAsked(QStringLiteral("task.list"));
  EXPECT_EQ(window->pageId(), QStringLiteral("what-if"));
  EXPECT_EQ(partOf<WhatIfPage>(*window).classes()->currentData().toString(), QStringLiteral("task.list"));
}

}  // namespace
}  // namespace socklock::gui
