// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/models/slice_model.h"

#include <gtest/gtest.h>

#include <QAbstractItemModelTester>
#include <QSortFilterProxyModel>

#include "base/units.h"
#include "tests/gui/support.h"

namespace socklock::gui {
namespace {

using analyzer::Column;
using analyzer::Figure;
using analyzer::Table;
using analyzer::Unit;
using testing::answerTo;
using testing::exampleQuestion;

QString cell(const TableModel& model, int row, const char* column) {
  return model.index(row, model.columnOf(QLatin1String(column))).data().toString();
}

Table madeTable() {
  Table table;
  table.columns = {{"name", "class", "What it is.", Unit::kNone, analyzer::Align::kLeft},
                   {"wait", "wait", "How long.", Unit::kNs}};
  table.rows = {{Figure::words("a"), Figure::of(900, Unit::kNs)},
                {Figure::words("b"), Figure::not_measured("the kernel does not tell")},
                {Figure::words("c"), Figure::of(20'000, Unit::kNs)},
                {Figure::words("d"), Figure::of(0, Unit::kNs)}};
  return table;
}

TEST(TableModel, shows_what_was_not_measured_as_nothing_and_never_as_0) {
  TableModel model;
  const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
  model.show(madeTable());
  EXPECT_EQ(cell(model, 0, "wait"), QStringLiteral("900 ns"));
  EXPECT_EQ(cell(model, 1, "wait"), QStringLiteral("–"));
  EXPECT_EQ(cell(model, 3, "wait"), QStringLiteral("0 ns"));
  const QString tip = model.index(1, 1).data(Qt::ToolTipRole).toString();
  EXPECT_TRUE(tip.contains(QStringLiteral("not measured"))) << qPrintable(tip);
  EXPECT_TRUE(tip.contains(QStringLiteral("the kernel does not tell"))) << qPrintable(tip);
  EXPECT_TRUE(tip.contains(QStringLiteral("How long."))) << qPrintable(tip);
  const QString of_heading = model.headerData(1, Qt::Horizontal, Qt::ToolTipRole).toString();
  EXPECT_TRUE(of_heading.startsWith(QStringLiteral("How long.\nwait: "))) << qPrintable(of_heading);
}

TEST(TableModel, sorts_by_figures_and_what_has_none_is_apart) {
  TableModel model;
  model.show(madeTable());
  QSortFilterProxyModel proxy;
  proxy.setSourceModel(&model);
  proxy.setSortRole(TableModel::kSortRole);
  proxy.sort(1, Qt::DescendingOrder);
  QStringList names;
  for (int row = 0; row < proxy.rowCount(); ++row) names.append(proxy.index(row, 0).data().toString());
  // 20 µs is more than 900 ns, whatever their texts are; what is not known is neither most nor 0.
  names.removeAll(QStringLiteral("b"));
  EXPECT_EQ(names.join(QString()), QStringLiteral("cad"));
}

TEST(SliceModel, keeps_the_rules_of_models_through_resets) {
  SliceModel model;
  const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
  EXPECT_EQ(model.rowCount(), 0);
  const FindingsPtr findings = answerTo(exampleQuestion());
  ASSERT_NE(findings, nullptr);
  model.showFindings(findings);
  EXPECT_EQ(model.rowCount(), static_cast<int>(findings->comparison.classes.size()));
  model.showFindings(nullptr);
  EXPECT_EQ(model.rowCount(), 0);
}

TEST(SliceModel, shows_what_the_analyzer_found) {
  SliceModel model;
  const FindingsPtr findings = answerTo(exampleQuestion());
  ASSERT_NE(findings, nullptr);
  model.showFindings(findings);
  const auto& first = findings->comparison.classes.front();
  EXPECT_EQ(cell(model, 0, "name"), QStringLiteral("tcp.listen_sock.owner"));
  EXPECT_EQ(cell(model, 0, "role"), QStringLiteral("listener"));
  EXPECT_EQ(cell(model, 0, "before_wait_ns_per_unit").toStdString(), format_ns(first.before.wait_ns_per_unit));
  EXPECT_TRUE(cell(model, 0, "effect").startsWith(QStringLiteral("gone (≤ ")));
  EXPECT_EQ(cell(model, 0, "verdict"), QStringLiteral("▼ improved"));
  // Every column says what it is, and has an id of its own.
  QStringList ids;
  for (int column = 0; column < model.columnCount(); ++column) {
    EXPECT_FALSE(model.headerData(column, Qt::Horizontal, Qt::ToolTipRole).toString().isEmpty()) << column;
    EXPECT_FALSE(ids.contains(model.idOf(column)));
    ids.append(model.idOf(column));
  }
}

TEST(SliceModel, sorts_by_figures_and_not_by_text) {
  SliceModel model;
  model.showFindings(answerTo(exampleQuestion()));
  QSortFilterProxyModel proxy;
  proxy.setSourceModel(&model);
  proxy.setSortRole(TableModel::kSortRole);
  for (const char* id : {"before_wait_ns_per_unit", "after_wait_ns_per_unit", "change_ns", "before_p99_ns"}) {
    const int column = model.columnOf(QLatin1String(id));
    ASSERT_GE(column, 0) << id;
    proxy.sort(column, Qt::DescendingOrder);
    double last = HUGE_VAL;
    for (int row = 0; row < proxy.rowCount(); ++row) {
      const QVariant key = proxy.index(row, column).data(TableModel::kSortRole);
      if (!key.isValid()) continue;
      EXPECT_LE(key.toDouble(), last) << id;
      last = key.toDouble();
    }
  }
}

TEST(SliceModel, divides_by_whatever_is_asked_for_and_loses_nothing) {
  Question question = exampleQuestion();
  for (const Grouping grouping : {Grouping::kRole, Grouping::kClass, Grouping::kClassPath, Grouping::kPath,
                                  Grouping::kInstance, Grouping::kFunction}) {
    question.grouping = grouping;
    const FindingsPtr findings = answerTo(question);
    ASSERT_NE(findings, nullptr);
    double before = 0;
    for (const auto& slice : findings->groups) before += slice.before.wait_ns_per_unit;
    EXPECT_NEAR(before, findings->comparison.everything.before.wait_ns_per_unit, 1e-6) << nameOf(grouping);
  }
}

TEST(SliceModel, has_processes_of_single_events) {
  Question question = exampleQuestion();
  question.grouping = Grouping::kProcess;
  const FindingsPtr findings = answerTo(question);
  ASSERT_NE(findings, nullptr);
  // Their names were redacted when they were recorded.
  bool has_process = false;
  for (const auto& slice : findings->groups) has_process = has_process || slice.name.starts_with("thread-");
  EXPECT_TRUE(has_process);
}

TEST(SliceModel, of_one_side_has_no_columns_about_a_change) {
  Question question = exampleQuestion();
  question.after.clear();
  SliceModel model;
  model.showFindings(answerTo(question));
  for (int column = 0; column < model.columnCount(); ++column) {
    EXPECT_FALSE(model.idOf(column).startsWith(QStringLiteral("after_"))) << qPrintable(model.idOf(column));
    EXPECT_NE(model.idOf(column), QStringLiteral("effect"));
  }
  EXPECT_GE(model.columnOf(QStringLiteral("before_wait_ns_per_unit")), 0);
  EXPECT_GT(model.rowCount(), 2);
}

}  // namespace
}  // namespace socklock::gui
