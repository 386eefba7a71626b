// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/models/slice_model.h"

#include <gtest/gtest.h>

#include <QAbstractItemModelTester>
#include <QSortFilterProxyModel>

#include "base/units.h"
#include "tests/gui/support.h"

namespace socklock::gui {
namespace {

using testing::answerTo;
using testing::exampleQuestion;

QString cell(const QAbstractItemModel& model, int row, int column) {
  return model.index(row, column).data().toString();
}

TEST(SliceModel, keeps_the_rules_of_models_through_resets) {
  SliceModel model;
  const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::Fatal);
  EXPECT_EQ(model.rowCount(), 0);
  const FindingsPtr findings = answerTo(exampleQuestion());
  ASSERT_NE(findings, nullptr);
  model.show(findings);
  EXPECT_EQ(model.rowCount(), static_cast<int>(findings->comparison.classes.size()));
  model.show(nullptr);
  EXPECT_EQ(model.rowCount(), 0);
}

TEST(SliceModel, shows_what_the_analyzer_found) {
  SliceModel model;
  const FindingsPtr findings = answerTo(exampleQuestion());
  ASSERT_NE(findings, nullptr);
  model.show(findings);
  const auto& first = findings->comparison.classes.front();
  EXPECT_EQ(cell(model, 0, SliceModel::kName), QStringLiteral("tcp.listen_sock.owner"));
  EXPECT_EQ(cell(model, 0, SliceModel::kRole), QStringLiteral("listener"));
  EXPECT_EQ(cell(model, 0, SliceModel::kBefore).toStdString(), format_ns(first.before.wait_ns_per_unit));
  EXPECT_TRUE(cell(model, 0, SliceModel::kEffect).startsWith(QStringLiteral("gone (≤ ")));
  EXPECT_EQ(cell(model, 0, SliceModel::kVerdict), QStringLiteral("▼ improved"));
}

TEST(SliceModel, sorts_by_figures_and_not_by_text) {
  SliceModel model;
  model.show(answerTo(exampleQuestion()));
  QSortFilterProxyModel proxy;
  proxy.setSourceModel(&model);
  proxy.setSortRole(SliceModel::kSortRole);
  for (const int column : {SliceModel::kBefore, SliceModel::kAfter, SliceModel::kChange, SliceModel::kP99Before}) {
    proxy.sort(column, Qt::DescendingOrder);
    for (int row = 1; row < proxy.rowCount(); ++row)
      EXPECT_GE(proxy.index(row - 1, column).data(SliceModel::kSortRole).toDouble(),
                proxy.index(row, column).data(SliceModel::kSortRole).toDouble());
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
  model.show(answerTo(question));
  EXPECT_FALSE(model.isUseful(SliceModel::kEffect));
  EXPECT_FALSE(model.isUseful(SliceModel::kAfter));
  EXPECT_TRUE(model.isUseful(SliceModel::kBefore));
  EXPECT_GT(model.rowCount(), 2);
}

}  // namespace
}  // namespace socklock::gui
