// SPDX-License-Identifier: GPL-2.0-or-later
// Stacks, wait times, buckets, acquisitions: what a user does on them, on real recordings.
#include <sys/resource.h>

#include <gtest/gtest.h>

#include <QAbstractItemModelTester>
#include <QDir>
#include <QFile>
#include <QSvgRenderer>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <algorithm>
#include <csignal>

#include "analyzer/label/labelled_run.h"
#include "gui/app/session_file.h"
#include "gui/models/stack_tree_model.h"
#include "gui/models/text.h"
#include "gui/views/acquisitions_page.h"
#include "gui/views/bucket_view.h"
#include "gui/views/distribution_view.h"
#include "gui/views/filter_bar.h"
#include "gui/views/icicle_view.h"
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
  IcicleView& icicle = *partOf<StacksPage>(*window).icicle();
  ASSERT_TRUE(eventually([&icicle] { return icicle.frameCount() > 20; }));
  const std::size_t frame = icicle.find(QStringLiteral("inet_csk_accept"));
  ASSERT_NE(frame, IcicleView::kNone);
  const QRectF was = icicle.rectOf(frame);
  QTest::mouseClick(&icicle, Qt::LeftButton, {}, was.center().toPoint());
  EXPECT_EQ(icicle.zoomed(), frame);
  EXPECT_NEAR(icicle.rectOf(frame).width(), icicle.width(), 1);
  EXPECT_TRUE(window->session().question().filter.is_empty());
  EXPECT_EQ(partOf<StacksPage>(*window).callers()->index(0, 0).data().toString(), QStringLiteral("inet_csk_accept"));
  EXPECT_GT(partOf<StacksPage>(*window).callers()->rowCount(partOf<StacksPage>(*window).callers()->index(0, 0)), 0);
  QTest::keyClick(&icicle, Qt::Key_Escape);
  EXPECT_EQ(icicle.rectOf(frame), was);
}

TEST(Stacks, filter_every_view_by_a_function) {
  const auto window = openExample();
  Q_EMIT partOf<StacksPage>(*window).icicle()->functionFiltered("inet_csk_accept");
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
  EXPECT_GT(partOf<BucketView>(window).shownBuckets(), 0U);
  // By keys: the first bucket that has waits.
  QTest::keyClick(&partOf<BucketView>(window), Qt::Key_Right);
  QTest::keyClick(&partOf<BucketView>(window), Qt::Key_Return);
  ASSERT_TRUE(waitUntilAnswered(window.session()));
  EXPECT_EQ(window.session().findings()->tables.front().buckets.size(), 1U);
}

TEST(Acquisitions, shows_who_held_what_others_waited_for_and_filters_by_the_waiter) {
  MainWindow window(analyzer::Taxonomy::built_in());
  window.resize(1280, 860);
  window.show();
  window.open(caseRuns(QStringLiteral("pressure/6.1")), caseRuns(QStringLiteral("pressure/7.2")));
  ASSERT_TRUE(waitUntilAnswered(window.session()));
  ASSERT_TRUE(window.showPage(QStringLiteral("acquisitions")));
  AcquisitionsPage& page = partOf<AcquisitionsPage>(window);
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

TEST(Acquisitions, says_why_there_is_nothing_to_show) {
  const auto window = openExample();  // recorded where the kernel refuses what level 2 needs
  EXPECT_TRUE(partOf<AcquisitionsPage>(*window).notes().contains(QStringLiteral("not measured")))
      << qPrintable(partOf<AcquisitionsPage>(*window).notes());
}

QStringList classesIn(const QAbstractItemModel& model) {
  QStringList names;
  for (int row = 0; row < model.rowCount(); ++row) names.append(model.index(row, 0).data().toString());
  return names;
}

// The tables of acquisitions are those of what the filter asks for, or say that they were not recorded by it.
TEST(Acquisitions, are_never_unfiltered_figures_beneath_a_filter) {
  MainWindow window(analyzer::Taxonomy::built_in());
  window.resize(1280, 860);
  window.show();
  window.open(caseRuns(QStringLiteral("pressure/6.1")), caseRuns(QStringLiteral("pressure/7.2")));
  ASSERT_TRUE(waitUntilAnswered(window.session()));
  AcquisitionsPage& page = partOf<AcquisitionsPage>(window);
  const auto whole = window.session().findings()->comparison.acquired.rows;
  analyzer::Filter filter;
  filter.lock_class = "tcp.bhash";
  filter.path = analyzer::CallPath::kSetup;
  window.session().setFilter(filter, QStringLiteral("tcp.bhash"));
  ASSERT_TRUE(waitUntilAnswered(window.session()));
  const auto& comparison = window.session().findings()->comparison;
  const auto of_path = std::find_if(whole.begin(), whole.end(), [&](const auto& row) {
    return row.path == analyzer::CallPath::kSetup && window.session().taxonomy().at(row.lock_class).name == "tcp.bhash";
  });
  ASSERT_NE(of_path, whole.end());
  ASSERT_FALSE(comparison.acquired.rows.empty());
  for (const auto& row : comparison.acquired.rows) {
    EXPECT_EQ(window.session().taxonomy().at(row.lock_class).name, "tcp.bhash");
    ASSERT_TRUE(row.before && row.after);
    // Contentions and acquisitions of the same calls.
    EXPECT_EQ(row.before->acquisitions, of_path->before->acquisitions);
    EXPECT_EQ(row.before->contention_ratio, of_path->before->contention_ratio);
    EXPECT_EQ(row.after->contention_ratio, of_path->after->contention_ratio);
  }
  for (const auto& row : comparison.held.holders) EXPECT_EQ(row.waiter, analyzer::CallPath::kSetup);
  for (int i = 0; i < page.tables()->count(); ++i)
    for (const QString& name : classesIn(*qobject_cast<QAbstractItemView*>(page.tables()->widget(i))->model()))
      EXPECT_TRUE(name.contains(QStringLiteral("tcp.bhash")) || name.contains(QStringLiteral("setup waits")))
          << qPrintable(name);

  window.session().setFilter({.context = "task"}, QStringLiteral("task"));
  ASSERT_TRUE(waitUntilAnswered(window.session()));
  EXPECT_TRUE(window.session().findings()->comparison.acquired.rows.empty());
  EXPECT_TRUE(window.session().findings()->comparison.held.holders.empty());
  EXPECT_TRUE(page.notes().contains(QStringLiteral("not recorded by context"))) << qPrintable(page.notes());
}

TEST(Filter, is_said_of_every_sum_that_it_is_true_of) {
  const auto window = openExample();
  window->session().setFilter({.lock_class = "mmap_lock"}, QStringLiteral("mmap_lock"));
  ASSERT_TRUE(waitUntilAnswered(window->session()));
  const QString sentences = window->verdictStrip()->sentenceText();
  EXPECT_FALSE(sentences.contains(QStringLiteral("All locks"))) << qPrintable(sentences);
  EXPECT_TRUE(sentences.startsWith(QStringLiteral("waits that meet the filter:"))) << qPrintable(sentences);
}

Question swapped(Question question) {
  std::swap(question.before, question.after);
  return question;
}

int columnOf(const QAbstractItemModel& model, const char* title) {
  for (int column = 0; column < model.columnCount(); ++column)
    if (model.headerData(column, Qt::Horizontal).toString() == QLatin1String(title)) return column;
  return -1;
}

TEST(Verdict, is_none_within_single_runs) {
  MainWindow window(analyzer::Taxonomy::built_in());
  window.show();
  // The same kernel under the same load: 3 of 3 such pairs were "improved" once.
  const QStringList runs = caseRuns(QStringLiteral("pressure/6.1"));
  window.open(runs.mid(0, 1), runs.mid(1, 1));
  ASSERT_TRUE(waitUntilAnswered(window.session()));
  EXPECT_EQ(window.verdictStrip()->verdictText(), QStringLiteral("no verdict"));
  const QAbstractItemModel& rows = *partOf<SliceTable>(window).table()->model();
  ASSERT_GT(rows.rowCount(), 0);
  for (int row = 0; row < rows.rowCount(); ++row) {
    const QString verdict = rows.index(row, columnOf(rows, "verdict")).data().toString();
    EXPECT_FALSE(verdict.contains(QStringLiteral("improved")) || verdict.contains(QStringLiteral("regressed")))
        << qPrintable(verdict);
    for (const char* const column : {"verdict", "effect (interval)"})
      EXPECT_EQ(rows.index(row, columnOf(rows, column)).data(TableModel::kToneRole).toInt(),
                static_cast<int>(analyzer::Tone::kPlain));
  }
}

// By the wait before alone, what is new, and so the answer, would be the last row.
TEST(Comparison, what_is_waited_for_most_on_either_side_comes_first) {
  for (const bool is_swapped : {false, true}) {
    const auto window = openExample();
    if (is_swapped) window->session().change(swapped(window->session().question()), QStringLiteral("swap"));
    ASSERT_TRUE(waitUntilAnswered(window->session()));
    const auto& slices = window->session().findings()->groups;
    const QAbstractItemModel& rows = *partOf<SliceTable>(*window).table()->model();
    ASSERT_EQ(rows.rowCount(), static_cast<int>(slices.size()));
    for (int row = 0; row < rows.rowCount(); ++row)
      EXPECT_EQ(rows.index(row, 0).data().toString().toStdString(), slices[static_cast<std::size_t>(row)].name);
    double largest = 0;
    for (const auto& slice : slices)
      largest = std::max({largest, slice.before.wait_ns_per_unit, slice.after.wait_ns_per_unit});
    EXPECT_EQ(std::max(slices.front().before.wait_ns_per_unit, slices.front().after.wait_ns_per_unit), largest);
  }
}

TEST(Verdict, folds_and_shows_all_reasons_to_doubt_when_asked) {
  MainWindow window(analyzer::Taxonomy::built_in());
  window.resize(1024, 700);
  window.show();
  window.open(caseRuns(QStringLiteral("pressure/6.1")), caseRuns(QStringLiteral("pressure/7.2")));
  ASSERT_TRUE(waitUntilAnswered(window.session()));
  VerdictStrip& strip = *window.verdictStrip();
  EXPECT_TRUE(strip.isFolded());
  EXPECT_LT(strip.height(), window.height() / 4) << "where there is little room";
  strip.setFolded(false);
  layOut();
  const int unfolded = strip.height();
  strip.setFolded(true);
  layOut();
  EXPECT_LT(strip.height(), unfolded * 2 / 3);
}

TEST(Processes, of_a_comparison_are_commands) {
  Question question;
  for (const QString& path : caseRuns(QStringLiteral("pressure/6.1")).mid(0, 2))
    question.before.push_back(path.toStdString());
  for (const QString& path : caseRuns(QStringLiteral("pressure/7.2")).mid(0, 2))
    question.after.push_back(path.toStdString());
  question.grouping = Grouping::kProcess;
  const FindingsPtr findings = answerTo(question);
  ASSERT_NE(findings, nullptr);
  bool is_matched = false;
  for (const auto& slice : findings->groups) {
    EXPECT_EQ(slice.name.find(" ("), std::string::npos) << slice.name;
    is_matched = is_matched || (slice.before.wait_ns_per_unit > 0 && slice.after.wait_ns_per_unit > 0);
  }
  EXPECT_TRUE(is_matched);
  question.filter.process = findings->groups.front().name;
  const FindingsPtr part = answerTo(question);
  ASSERT_NE(part, nullptr);
  EXPECT_NEAR(part->comparison.everything.before.wait_ns_per_unit, findings->groups.front().before.wait_ns_per_unit,
              1e-6 * findings->groups.front().before.wait_ns_per_unit);
}

TEST(WaitTimes, are_as_high_as_there_were_many_for_the_work) {
  const FindingsPtr findings = answerTo(exampleQuestion());
  ASSERT_NE(findings, nullptr);
  DistributionView view;
  view.resize(800, 500);
  view.show(findings);
  double most = 0;
  for (const WaitTimes* times : {&findings->times_before, &findings->times_after})
    for (const auto& bin : times->bins) most = std::max(most, bin.share * times->waits_per_unit);
  EXPECT_GE(view.largest(), most);
  EXPECT_LE(view.largest(), 3 * most);
  view.setForm(DistributionOf::kShares);
  EXPECT_GT(view.largest(), 0.01);
}

TEST(Stacks, say_of_what_they_are_a_sample) {
  MainWindow window(analyzer::Taxonomy::built_in());
  window.open(caseRuns(QStringLiteral("pressure/6.1")), {});
  ASSERT_TRUE(waitUntilAnswered(window.session()));
  const QString text = partOf<StacksPage>(window).sampleText();
  EXPECT_TRUE(text.contains(QStringLiteral("of the waits have a call stack"))) << qPrintable(text);
  EXPECT_TRUE(text.contains(QStringLiteral("±"))) << qPrintable(text);
}

TEST(Export, writes_what_is_shown_in_every_format) {
  const QTemporaryDir folder;
  const auto window = openExample();
  Q_EMIT partOf<SliceTable>(*window).sliceActivated(window->session().findings()->groups.front());
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
    ASSERT_TRUE(eventually([&] { return is_done; }));
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
  ASSERT_TRUE(eventually([&] { return window->messageBar()->isVisible(); }));
  EXPECT_TRUE(window->messageBar()->text().contains(QStringLiteral("/does/not/exist/report.html")));
}

// No file of this process may have more than so many bytes: a write then fails as it does on a full disk.
class FullDisk {
 public:
  explicit FullDisk(rlim_t most_bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{most_bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST(Export, on_a_full_disk_leaves_what_was_there) {
  const QTemporaryDir folder;
  const auto window = openExample();
  for (const char* const name : {"report.html", "page.svg", "page.png", "view.socklock"}) {
    const QString path = folder.filePath(QLatin1String(name));
    QFile there(path);
    ASSERT_TRUE(there.open(QIODevice::WriteOnly));
    there.write("of before");
    there.close();
    bool is_done = false, is_written = true;
    const auto connection = QObject::connect(window.get(), &MainWindow::exported, [&](const QString&, bool written) {
      is_done = true;
      is_written = written;
    });
    {
      const FullDisk disk(20);
      if (path.endsWith(QStringLiteral("html"))) {
        window->exportTo(path);
        ASSERT_TRUE(eventually([&] { return is_done; }));
      } else {
        is_written = path.endsWith(QStringLiteral("socklock"))
                         ? saveSession({exampleQuestion(), QStringLiteral("stacks")}, path).has_value()
                         : window->saveImage(path);
      }
    }
    QObject::disconnect(connection);
    EXPECT_FALSE(is_written) << name;
    ASSERT_TRUE(there.open(QIODevice::ReadOnly));
    EXPECT_EQ(there.readAll(), QByteArray("of before")) << name;
  }
  EXPECT_EQ(QDir(folder.path()).entryList(QDir::Files).size(), 4);
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
