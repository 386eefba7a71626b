// SPDX-License-Identifier: GPL-2.0-or-later
// Without a mouse, and without eyes: the keyboard reaches everything and is caught nowhere, and what it reaches has a
// name that a screen reader can say.
#include <gtest/gtest.h>

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAccessible>
#include <QApplication>
#include <QClipboard>
#include <QSet>
#include <QTest>

#include "analyzer/label/labelled_run.h"
#include "gui/app/pages.h"
#include "tests/gui/support.h"

namespace socklock::gui {
namespace {

using namespace testing;

bool isReachable(const QWidget& widget) {
  return widget.isVisible() && widget.isEnabled() && (widget.focusPolicy() & Qt::TabFocus) != 0;
}

TEST(Keyboard, reaches_everything_and_is_caught_nowhere) {
  const auto window = openCase();
  for (const std::string& id : pageIds()) {
    ASSERT_TRUE(window->showPage(QString::fromStdString(id)));
    ASSERT_TRUE(waitUntilSettled(*window));
    window->pages()->setFocus();
    QSet<QWidget*> reached;
    for (int i = 0; i < 100; ++i) {
      QWidget* const at = QApplication::focusWidget();
      ASSERT_NE(at, nullptr) << id;
      if (i > 0 && at == window->pages()->tabBar()) break;
      reached.insert(at);
      QTest::keyClick(at, Qt::Key_Tab);
      EXPECT_NE(QApplication::focusWidget(), at) << id << ": caught in " << at->metaObject()->className();
    }
    for (QWidget* const part : window->pages()->currentWidget()->findChildren<QWidget*>()) {
      // Of a group of radio buttons the arrows reach the others.
      const auto* const button = qobject_cast<QAbstractButton*>(part);
      if (!isReachable(*part) || (button != nullptr && button->autoExclusive())) continue;
      if (qobject_cast<QAbstractItemView*>(part->parentWidget()) != nullptr) continue;
      if (part->focusProxy() != nullptr) continue;  // of a QTabWidget its tabs
      EXPECT_TRUE(reached.contains(part))
          << id << ": " << part->metaObject()->className() << " " << part->accessibleName().toStdString();
    }
  }
}

TEST(ScreenReader, has_a_name_for_all_that_the_keyboard_reaches) {
  const auto window = openCase();
  for (const std::string& id : pageIds()) {
    ASSERT_TRUE(window->showPage(QString::fromStdString(id)));
    ASSERT_TRUE(waitUntilSettled(*window));
    int named = 0;
    for (QWidget* const part : window->findChildren<QWidget*>()) {
      if (!isReachable(*part) || part->focusProxy() != nullptr) continue;
      if (part->inherits("QTabBar") || part->inherits("QMenuBar")) continue;  // their items have names
      if (part->inherits("QScrollArea")) continue;                            // what is in it has
      const QAccessibleInterface* const interface = QAccessible::queryAccessibleInterface(part);
      ASSERT_NE(interface, nullptr);
      EXPECT_FALSE(interface->text(QAccessible::Name).trimmed().isEmpty())
          << id << ": " << part->metaObject()->className() << " " << part->objectName().toStdString();
      EXPECT_NE(interface->role(), QAccessible::Client) << id << ": " << part->metaObject()->className();
      ++named;
    }
    EXPECT_GT(named, 3) << id;
  }
}

// In every table, not only in the first.
TEST(Keyboard, copies_rows_of_every_table) {
  const auto window = openCase();
  int tables = 0;
  for (const std::string& id : pageIds()) {
    ASSERT_TRUE(window->showPage(QString::fromStdString(id)));
    ASSERT_TRUE(waitUntilSettled(*window));
    for (auto* const view : window->pages()->currentWidget()->findChildren<QAbstractItemView*>()) {
      if (!view->isVisible() || view->inherits("QHeaderView") || view->model()->rowCount() == 0) continue;
      if (view->model()->columnCount() < 2) continue;  // the list of a combo box
      view->setFocus();
      view->setCurrentIndex(view->model()->index(0, 0));
      QApplication::clipboard()->clear();
      QTest::keySequence(view, QKeySequence::Copy);
      const QStringList lines = QApplication::clipboard()->text().split(QLatin1Char('\n'), Qt::SkipEmptyParts);
      ASSERT_EQ(lines.size(), 2) << id << ": " << view->accessibleName().toStdString();
      EXPECT_GT(lines[1].count(QLatin1Char('\t')), 0) << id;
      ++tables;
    }
  }
  EXPECT_GE(tables, 4);
}

}  // namespace
}  // namespace socklock::gui
