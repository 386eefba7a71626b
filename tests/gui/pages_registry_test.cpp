// SPDX-License-Identifier: GPL-2.0-or-later
// Pages are known by ids: on the command line, in sessions, and by those of earlier versions.
#include "gui/app/pages.h"

#include <gtest/gtest.h>

#include <QTest>
#include <set>

#include "gui/app/arguments.h"
#include "gui/views/page.h"
#include "tests/gui/support.h"

namespace socklock::gui {
namespace {

using namespace testing;

ParsedArguments parsed(std::vector<std::string> words) {
  words.insert(words.begin(), "socklock-gui");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  return parse_arguments(static_cast<int>(words.size()), argv.data());
}

TEST(Pages, have_ids_of_their_own_that_the_command_line_takes) {
  std::set<std::string> ids;
  for (const std::string& id : pageIds()) {
    EXPECT_TRUE(ids.insert(id).second) << id;
    const ParsedArguments arguments = parsed({"--page", id});
    EXPECT_FALSE(arguments.is_done) << id;
    EXPECT_EQ(arguments.arguments.page, id);
  }
  EXPECT_TRUE(parsed({"--page", "none"}).is_done);
}

TEST(Pages, of_version_0_1_are_found_by_what_they_were_called) {
  EXPECT_EQ(parsed({"--page", "held"}).arguments.page, "acquisitions");
  EXPECT_EQ(parsed({"--page", "time-line"}).arguments.page, "timeline");
  MainWindow window(analyzer::Taxonomy::built_in());
  EXPECT_TRUE(window.showPage(QStringLiteral("time-line")));  // as a saved session names it
  EXPECT_EQ(window.pageId(), QStringLiteral("timeline"));
  EXPECT_FALSE(window.showPage(QString()));
  EXPECT_FALSE(window.showPage(QStringLiteral("Timeline")));
}

TEST(Pages, are_what_they_are_in_whatever_language) {
  MainWindow window(analyzer::Taxonomy::built_in());
  const std::vector<std::string> ids = pageIds();
  ASSERT_EQ(window.pages()->count(), static_cast<int>(ids.size()));
  for (int i = 0; i < window.pages()->count(); ++i)
    window.pages()->setTabText(i, QStringLiteral("Übersetzt %1").arg(i));
  for (const std::string& id : ids) {
    ASSERT_TRUE(window.showPage(QString::fromStdString(id)));
    EXPECT_EQ(window.pageId().toStdString(), id);
    EXPECT_NE(qobject_cast<Page*>(window.pages()->currentWidget()), nullptr) << id;
  }
}

}  // namespace
}  // namespace socklock::gui
