// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/gui/support.h"

#include <gtest/gtest.h>

#include <QCoreApplication>
#include <QDir>
#include <QSet>

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

std::unique_ptr<MainWindow> openCase() {
  auto window = std::make_unique<MainWindow>(analyzer::Taxonomy::built_in());
  window->resize(1280, 860);
  window->show();
  window->activateWindow();
  window->open(caseRuns(QStringLiteral("pressure/6.1")), caseRuns(QStringLiteral("pressure/7.2")));
  EXPECT_TRUE(waitUntilAnswered(window->session()));
  return window;
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

void expectPicture(MainWindow& window, const QString& name, int scale) {
  ASSERT_TRUE(waitUntilSettled(window));
  QImage image(window.size() * scale, QImage::Format_RGB32);
  image.setDevicePixelRatio(scale);
  window.render(&image);
  EXPECT_TRUE(image.save(QStringLiteral(SOCKLOCK_SCREENSHOTS "/") + name + QStringLiteral(".png")));
  QSet<QRgb> colours;
  for (int y = 0; y < image.height(); y += 3)
    for (int x = 0; x < image.width(); x += 3) colours.insert(image.pixel(x, y));
  EXPECT_GT(colours.size(), 30) << qPrintable(name);
}

void expectPictures(MainWindow& window, const QString& name) {
  for (const Screen& screen : kScreens) {
    window.resize(screen.size);
    layOut();
    EXPECT_EQ(window.size(), screen.size) << qPrintable(name) << " does not fit into " << screen.name;
    expectPicture(window, QStringLiteral("%1-%2").arg(name, QLatin1String(screen.name)), screen.scale);
  }
}

}  // namespace socklock::gui::testing
