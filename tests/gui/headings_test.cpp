// SPDX-License-Identifier: GPL-2.0-or-later
// What a newcomer needs: behind every heading what its words mean, and letters of menus that lead to one thing each.
#include <gtest/gtest.h>

#include <QAbstractItemView>
#include <QHeaderView>
#include <QLabel>
#include <QMap>
#include <QMenu>
#include <QMenuBar>
#include <QTableView>
#include <QTreeView>

#include "gui/app/pages.h"
#include "gui/models/glossary.h"
#include "gui/views/verdict_strip.h"
#include "tests/gui/support.h"

namespace socklock::gui {
namespace {

using namespace testing;

const QHeaderView* headerOf(const QAbstractItemView* view) {
  if (const auto* const table = qobject_cast<const QTableView*>(view)) return table->horizontalHeader();
  if (const auto* const tree = qobject_cast<const QTreeView*>(view)) return tree->header();
  return nullptr;
}

TEST(Headings, say_what_their_words_mean) {
  const auto window = openCase();
  int headings = 0;
  for (const std::string& id : pageIds()) {
    ASSERT_TRUE(window->showPage(QString::fromStdString(id)));
    ASSERT_TRUE(waitUntilSettled(*window));
    const QWidget* const page = window->pages()->currentWidget();
    for (const auto* const view : page->findChildren<QAbstractItemView*>()) {
      const QHeaderView* const header = headerOf(view);
      if (header == nullptr) continue;
      for (int section = 0; section < header->count(); ++section, ++headings)
        EXPECT_FALSE(view->model()->headerData(section, Qt::Horizontal, Qt::ToolTipRole).toString().isEmpty())
            << id << ": " << view->model()->headerData(section, Qt::Horizontal).toString().toStdString();
    }
  }
  for (const QWidget* const part : std::initializer_list<const QWidget*>{window->pages(), window->verdictStrip()})
    for (const auto* const label : part->findChildren<QLabel*>(QStringLiteral("heading")))
      if (!label->text().isEmpty()) {
        ++headings;
        EXPECT_FALSE(label->toolTip().isEmpty()) << label->text().toStdString();
      }
  EXPECT_GT(headings, 40);
}

TEST(Headings, find_the_words_of_the_glossary) {
  const auto has = [](const char* heading, const char* word) {
    return explained(QString::fromUtf8(heading)).contains(QString::fromUtf8(word) + QStringLiteral(": "));
  };
  EXPECT_TRUE(has("q", "q"));
  EXPECT_TRUE(has("Where the wait went, per connection", "per connection"));
  EXPECT_TRUE(has("role", "role"));
  EXPECT_TRUE(has("effect (interval)", "interval"));
  EXPECT_TRUE(has("Which path: lock class × call path", "call path"));
  EXPECT_FALSE(has("quantile", "q"));  // whole words only
  EXPECT_TRUE(explained(QStringLiteral("xyzzy")).isEmpty());
}

void expectLettersOf(const QMenu& menu, const QString& title) {
  QMap<QChar, QString> letters;
  for (const QAction* const action : menu.actions()) {
    const QString text = QString(action->text()).remove(QStringLiteral("&&"));
    const qsizetype mark = text.indexOf(QLatin1Char('&'));
    if (mark >= 0) {
      const QChar letter = text[mark + 1].toLower();
      EXPECT_FALSE(letters.contains(letter))
          << title.toStdString() << ": " << text.toStdString() << " and " << letters[letter].toStdString();
      letters[letter] = text;
    }
    if (action->menu() != nullptr) expectLettersOf(*action->menu(), text);
  }
}

TEST(Menus, have_a_letter_for_each_entry_that_no_other_has) {
  const auto window = openCase();
  QMap<QChar, QString> of_bar;
  for (const QAction* const action : window->menuBar()->actions()) {
    const QChar letter = action->text()[action->text().indexOf(QLatin1Char('&')) + 1].toLower();
    EXPECT_FALSE(of_bar.contains(letter)) << action->text().toStdString();
    of_bar[letter] = action->text();
    expectLettersOf(*action->menu(), action->text());
  }
}

TEST(Menus, name_pages_as_their_tabs_do) {
  MainWindow window(analyzer::Taxonomy::built_in());
  window.show();
  window.open(exampleRuns(QStringLiteral("before")).mid(0, 1), {});
  ASSERT_TRUE(waitUntilAnswered(window.session()));
  for (int page = 0; page < window.pages()->count(); ++page) {
    const auto actions = window.findChildren<QAction*>();
    EXPECT_TRUE(std::any_of(actions.begin(), actions.end(), [&](const QAction* action) {
      return action->text() == window.pages()->tabText(page) && !action->shortcut().isEmpty();
    })) << window.pages()->tabText(page).toStdString();
  }
}

}  // namespace
}  // namespace socklock::gui
