// SPDX-License-Identifier: GPL-2.0-or-later
// Stacks, wait times, buckets, what was held: what a user does on them, on real recordings.
#include <gtest/gtest.h>

#include <QAbstractItemModelTester>
#include <QFile>
#include <QSvgRenderer>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

#include "gui/app/session_file.h"
#include "gui/models/stack_tree_model.h"
#include "gui/models/text.h"
#include "gui/views/bucket_view.h"
#include "gui/views/filter_bar.h"
#include "gui/views/icicle_view.h"
#include "gui/views/level2_page.h"
#include "gui/views/matrix_view.h"
#include "gui/views/message_bar.h"
#include "gui/views/slice_table.h"
#include "gui/views/stacks_page.h"
#include "gui/views/verdict_strip.h"
#include "tests/gui/support.h"

namespace socklock::gui {
namespace {

using namespace testing;

double sumOfChildren(const analyzer::StackNode& node) {
  double sum = 0;
  for (const auto& child : node.children) sum += child.before_ns + child.after_ns;
  return sum;
}

TEST(StackTreeModel, keeps_the_rules_of_models) {
  const FindingsPtr findings = answerTo(exampleQuestion());
  ASSERT_NE(findings, nullptr);
  StackTreeModel model;
  const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
  model.show(findings, &findings->comparison.stacks, true);
  const QModelIndex root = model.index(0, 0);
  EXPECT_EQ(root.data().toString(), QStringLiteral("all waits"));
  EXPECT_EQ(model.rowCount(root), static_cast<int>(findings->comparison.stacks.children.size()));
  model.show(findings, &findings->bottom_up, true);
  EXPECT_EQ(model.rowCount(model.index(0, 0)), static_cast<int>(findings->bottom_up.children.size()));
  model.show(nullptr, nullptr, true);
  EXPECT_EQ(model.rowCount(), 0);
}

TEST(Stacks, turned_over_hold_the_same_wait) {
  const FindingsPtr findings = answerTo(exampleQuestion());
  ASSERT_NE(findings, nullptr);
  const auto& down = findings->comparison.stacks;
  const auto& up = findings->bottom_up;
  EXPECT_NEAR(down.before_ns, up.before_ns, 1e-6 * down.before_ns);
  EXPECT_NEAR(down.after_ns, up.after_ns, 1e-6 * down.after_ns);
  EXPECT_NEAR(sumOfChildren(up), down.before_ns + down.after_ns, 1e-6 * down.before_ns);
}

TEST(Stacks, zoom_by_click_and_back_by_key_without_filtering) {
  const auto window = openExample();
  ASSERT_TRUE(window->showPage(QStringLiteral("stacks")));
  IcicleView& icicle = *window->stacks()->icicle();
  QTest::qWait(1);
  ASSERT_GT(icicle.frameCount(), 20U);
  const std::size_t frame = icicle.find(QStringLiteral("inet_csk_accept"));
  ASSERT_NE(frame, IcicleView::kNone);
  const QRectF was = icicle.rectOf(frame);
  QTest::mouseClick(&icicle, Qt::LeftButton, {}, was.center().toPoint());
  EXPECT_EQ(icicle.zoomed(), frame);
  EXPECT_NEAR(icicle.rectOf(frame).width(), icicle.width(), 1);
  EXPECT_TRUE(window->session().question().filter.is_empty());
  EXPECT_EQ(window->stacks()->callers()->index(0, 0).data().toString(), QStringLiteral("inet_csk_accept"));
  EXPECT_GT(window->stacks()->callers()->rowCount(window->stacks()->callers()->index(0, 0)), 0);
  QTest::keyClick(&icicle, Qt::Key_Escape);
  EXPECT_EQ(icicle.rectOf(frame), was);
}

TEST(Stacks, filter_every_view_by_a_function) {
  const auto window = openExample();
  Q_EMIT window->stacks()->functionFiltered(QStringLiteral("inet_csk_accept"));
  ASSERT_TRUE(waitUntilAnswered(window->session()));
  const auto& comparison = window->session().findings()->comparison;
  EXPECT_GT(comparison.everything.before.wait_ns_per_unit, 0);
  for (const auto& slice : comparison.classes) EXPECT_EQ(analyzer::name_of(*slice.role), "listener") << slice.name;
  EXPECT_TRUE(window->verdictStrip()->warningsText().contains(QStringLiteral("stack inet_csk_accept")));
}

TEST(Buckets, show_which_locks_of_a_table_are_hot_and_filter_by_one) {
  MainWindow window(analyzer::Taxonomy::built_in());
  window.resize(1280, 860);
  window.show();
  window.open(caseRuns(QStringLiteral("pressure/6.1")), caseRuns(QStringLiteral("pressure/7.2")));
  ASSERT_TRUE(waitUntilAnswered(window.session()));
  const auto& tables = window.session().findings()->tables;
  ASSERT_FALSE(tables.empty());
  double whole = 0;
  for (const auto& bucket : tables.front().buckets) whole += bucket.before_ns;
  double of_class = 0;
  for (const auto& slice : window.session().findings()->comparison.classes)
    if (slice.name == tables.front().lock_class) of_class = slice.before.wait_ns_per_unit;
  EXPECT_NEAR(whole, of_class, 1e-6 * of_class);
  ASSERT_TRUE(window.showPage(QStringLiteral("buckets")));
  EXPECT_GT(window.buckets()->view()->shownBuckets(), 0U);
  const QString instance = QStringLiteral("%1[%2]")
                               .arg(QString::fromStdString(tables.front().lock_class))
                               .arg(tables.front().buckets.front().index);
  Q_EMIT window.buckets()->view()->bucketActivated(instance);
  ASSERT_TRUE(waitUntilAnswered(window.session()));
  EXPECT_EQ(window.session().findings()->tables.front().buckets.size(), 1U);
}

TEST(Held, shows_who_held_what_others_waited_for_and_filters_by_the_waiter) {
  MainWindow window(analyzer::Taxonomy::built_in());
  window.resize(1280, 860);
  window.show();
  window.open(caseRuns(QStringLiteral("pressure/6.1")), caseRuns(QStringLiteral("pressure/7.2")));
  ASSERT_TRUE(waitUntilAnswered(window.session()));
  ASSERT_TRUE(window.showPage(QStringLiteral("held")));
  Level2Page& page = *window.level2();
  QStringList tables;
  for (int i = 0; i < page.tables()->count(); ++i) tables.append(page.tables()->tabText(i));
  EXPECT_TRUE(tables.contains(QStringLiteral("Acquisitions"))) << qPrintable(tables.join(QLatin1Char('|')));
  EXPECT_TRUE(tables.contains(QStringLiteral("Hold times"))) << qPrintable(tables.join(QLatin1Char('|')));
  EXPECT_TRUE(page.notes().isEmpty()) << qPrintable(page.notes());
  const auto holders = window.session().findings()->comparison.held.holders;
  ASSERT_FALSE(holders.empty());
  ASSERT_TRUE(holders.front().holder);
  const QRectF cell = page.matrix()->cellRect(shown(analyzer::name_of(holders.front().waiter)),
                                              shown(analyzer::name_of(*holders.front().holder)));
  ASSERT_FALSE(cell.isEmpty());
  QTest::mouseClick(page.matrix(), Qt::LeftButton, {}, cell.center().toPoint());
  ASSERT_TRUE(waitUntilAnswered(window.session()));
  EXPECT_EQ(window.session().findings()->question.filter.path, holders.front().waiter);
}

TEST(Held, says_why_there_is_nothing_to_show) {
  const auto window = openExample();  // recorded where the kernel refuses what level 2 needs
  EXPECT_TRUE(window->level2()->notes().contains(QStringLiteral("not measured")))
      << qPrintable(window->level2()->notes());
}

TEST(Export, writes_what_is_shown_in_every_format) {
  const QTemporaryDir folder;
  const auto window = openExample();
  Q_EMIT window->sliceTable()->sliceActivated(window->session().findings()->groups.front());
  ASSERT_TRUE(waitUntilAnswered(window->session()));
  for (const QString& ending : {QStringLiteral("html"), QStringLiteral("md"), QStringLiteral("txt"),
                                QStringLiteral("json"), QStringLiteral("csv")}) {
    const QString file = folder.filePath(QStringLiteral("report.") + ending);
    bool is_done = false, is_written = false;
    QObject::connect(window.get(), &MainWindow::exported, window.get(), [&](const QString&, bool written) {
      is_done = true;
      is_written = written;
    });
    window->exportTo(file);
    ASSERT_TRUE(QTest::qWaitFor([&] { return is_done; }, 60'000));
    EXPECT_TRUE(is_written) << qPrintable(ending);
    QFile in(file);
    ASSERT_TRUE(in.open(QIODevice::ReadOnly));
    const QByteArray text = in.readAll();
    EXPECT_TRUE(text.contains("tcp.listen")) << qPrintable(ending);
    EXPECT_TRUE(ending == QStringLiteral("csv") || text.contains("only a part of the waits")) << text.constData();
    window->disconnect(window.get());
  }
}

TEST(Export, says_why_it_could_not_write) {
  const auto window = openExample();
  window->exportTo(QStringLiteral("/does/not/exist/report.html"));
  ASSERT_TRUE(QTest::qWaitFor([&] { return window->messageBar()->isVisible(); }, 60'000));
  EXPECT_TRUE(window->messageBar()->text().contains(QStringLiteral("/does/not/exist/report.html")));
}

TEST(Export, saves_pages_as_pictures) {
  const QTemporaryDir folder;
  const auto window = openExample();
  const QString svg = folder.filePath(QStringLiteral("page.svg")), png = folder.filePath(QStringLiteral("page.png"));
  EXPECT_TRUE(window->saveImage(svg));
  EXPECT_TRUE(window->saveImage(png));
  EXPECT_TRUE(QSvgRenderer(svg).isValid());
  EXPECT_FALSE(QImage(png).isNull());
}

TEST(SessionFile, opens_again_what_it_was_saved_from) {
  const QTemporaryDir folder;
  const QString file = folder.filePath(QStringLiteral("view.socklock"));
  SessionView saved;
  saved.question = exampleQuestion();
  saved.question.filter = {.role = analyzer::Role::kListener,
                           .lock_class = "a",
                           .path = analyzer::CallPath::kSetup,
                           .function = "f",
                           .frame = "g",
                           .instance = "i",
                           .process = "p",
                           .context = "task",
                           .range = analyzer::TimeRange{1, 18'446'744'073'709'551'615U}};
  saved.question.unit = analyzer::WorkUnit::kSeconds;
  saved.question.grouping = Grouping::kFunction;
  saved.question.label_after = "patched";
  saved.page = QStringLiteral("stacks");
  ASSERT_TRUE(saveSession(saved, file));
  const auto loaded = loadSession(file);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->page, saved.page);
  EXPECT_TRUE(loaded->question == saved.question);
}

TEST(SessionFile, opens_in_a_window_with_filter_and_page) {
  const QTemporaryDir folder;
  const QString file = folder.filePath(QStringLiteral("view.socklock"));
  SessionView saved{exampleQuestion(), QStringLiteral("stacks")};
  saved.question.filter.path = analyzer::CallPath::kSetup;
  saved.question.label_after = "patched";
  ASSERT_TRUE(saveSession(saved, file));
  MainWindow window(analyzer::Taxonomy::built_in());
  window.show();
  window.open({file}, {});
  ASSERT_TRUE(waitUntilAnswered(window.session()));
  ASSERT_NE(window.session().findings(), nullptr);
  EXPECT_EQ(window.session().findings()->comparison.after.label, "patched");
  EXPECT_NE(window.filterBar()->findChild<QToolButton*>(QStringLiteral("chip_path")), nullptr);
  EXPECT_EQ(window.pages()->tabText(window.pages()->currentIndex()), QStringLiteral("Stacks"));
}

TEST(SessionFile, refuses_what_is_none) {
  const QTemporaryDir folder;
  QFile file(folder.filePath(QStringLiteral("x.socklock")));
  ASSERT_TRUE(file.open(QIODevice::WriteOnly));
  file.write("[1, 2]");
  file.close();
  EXPECT_FALSE(loadSession(file.fileName()));
  EXPECT_FALSE(loadSession(QStringLiteral("/does/not/exist.socklock")));
}

}  // namespace
}  // namespace socklock::gui
