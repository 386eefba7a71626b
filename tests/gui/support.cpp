// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/gui/support.h"

#include <gtest/gtest.h>

#include <QCoreApplication>
#include <QDir>

namespace socklock::gui::testing {
namespace {

QStringList tracesIn(const QString& folder, const QString& pattern) {
  QStringList paths;
  const QDir dir(QStringLiteral(SOCKLOCK_EXAMPLES) + folder);
  for (const QString& name : dir.entryList({pattern}, QDir::Files, QDir::Name)) paths.append(dir.filePath(name));
  EXPECT_FALSE(paths.isEmpty()) << qPrintable(dir.path());
  return paths;
}

std::vector<std::string> toStd(const QStringList& list) {
  std::vector<std::string> all;
  for (const QString& item : list) all.push_back(item.toStdString());
  return all;
}

}  // namespace

QStringList exampleRuns(const QString& side) {
  return tracesIn(QStringLiteral("/listener-per-thread"), side + QStringLiteral("-*.slk"));
}

QStringList caseRuns(const QString& part) {
  return tracesIn(QStringLiteral("/inet-hash-connect/") + part, QStringLiteral("*.slk"));
}

Question exampleQuestion() {
  Question question;
  question.before = toStd(exampleRuns(QStringLiteral("before")));
  question.after = toStd(exampleRuns(QStringLiteral("after")));
  return question;
}

FindingsPtr answerTo(const Question& question) {
  RunCache cache;
  auto findings = answer(question, analyzer::Taxonomy::built_in(), cache, [](double) { return true; });
  EXPECT_TRUE(findings) << (findings ? "" : findings.error().message());
  return findings ? *findings : nullptr;
}

void layOut() {
  QCoreApplication::processEvents();  // of the window system: that a window is there, and how large
  QCoreApplication::sendPostedEvents();
}

bool waitUntilAnswered(Session& session) {
  const bool is_answered = eventually([&session] { return !session.isBusy(); });
  layOut();
  return is_answered;
}

bool waitUntilSettled(const MainWindow& window) {
  const bool is_settled = eventually([&window] { return window.isSettled(); });
  layOut();
  return is_settled;
}

std::unique_ptr<MainWindow> openExample() {
  auto window = std::make_unique<MainWindow>(analyzer::Taxonomy::built_in());
  window->resize(1280, 860);
  window->show();
  window->open(exampleRuns(QStringLiteral("before")), exampleRuns(QStringLiteral("after")));
  EXPECT_TRUE(waitUntilAnswered(window->session()));
  EXPECT_NE(window->session().findings(), nullptr);
  return window;
}

}  // namespace socklock::gui::testing
