// SPDX-License-Identifier: GPL-2.0-or-later
// A fleet in the window: hosts made of real recordings, as folders of traces and in a ClickHouse of the test's own.
// What the window says is what the program prints.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <QApplication>
#include <QFile>
#include <QLabel>
#include <QSettings>
#include <QSignalSpy>
#include <QTest>
#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "gui/app/fleet_dialog.h"
#include "gui/models/fleet_model.h"
#include "gui/views/fleet_page.h"
#include "gui/views/message_bar.h"
#include "gui/views/runs_page.h"
#include "gui/views/theme.h"
#include "gui/views/verdict_strip.h"
#include "tests/fleet/fleet_world.h"
#include "tests/fleet/replay.h"
#include "tests/fleet/server.h"
#include "tests/gui/support.h"

namespace socklock::gui {
namespace {

using namespace testing;
using fleet::testing::Folder;
using fleet::testing::Servers;
using nlohmann::json;

constexpr unsigned kCanaries = 6, kControls = 8;

class FleetWindow : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(folder_.file("canary"));
    std::filesystem::create_directory(folder_.file("control"));
    for (unsigned i = 0; i < kCanaries; ++i) {
      add("canary", i, false, "before", i);
      add("canary", i, true, "after", i * 5 + 2);
    }
    for (unsigned i = 0; i < kControls; ++i) {
      add("control", i, false, "before", i + 1);
      add("control", i, true, "before", i * 5 + 3);
    }
    window_.resize(1280, 860);
    window_.show();
  }

  // Ten minutes of a host before or after the change.
  void add(const std::string& group, unsigned host, bool is_after, const char* side, unsigned number) const {
    const std::string name = fmt::format("{}-{}", group, host);
    ASSERT_TRUE(fleet::replay(
        fmt::format("examples/listener-per-thread/{}-{}.slk", side, number % 6 + 1),
        folder_.file(fmt::format("{}/{}-{}.slk", group, name, is_after ? "after" : "before")),
        {.host = name, .begin_s = is_after ? at_ : at_ - 600, .duration_s = 600, .seed = host + 1, .interval_s = 5}));
  }

  // Filled in as somebody does.
  [[nodiscard]] std::unique_ptr<FleetDialog> dialog(const QString& url, const QString& canary,
                                                    const QString& control) const {
    auto filled = std::make_unique<FleetDialog>(FleetDialog::Kind::kCompare);
    filled->setAttribute(Qt::WA_DeleteOnClose, false);
    filled->url()->setText(url);
    filled->canary()->setText(canary);
    filled->control()->setText(control);
    filled->at()->setText(QStringLiteral("@%1").arg(at_));
    filled->window()->setText(QStringLiteral("10m"));
    return filled;
  }
  [[nodiscard]] std::unique_ptr<FleetDialog> ofFolders() const {
    return dialog({}, QString::fromStdString(folder_.file("canary")), QString::fromStdString(folder_.file("control")));
  }
  void compare(const FleetDialog& asked) {
    window_.compareFleet(asked.compareWords());
    ASSERT_TRUE(waitUntilSettled(window_));
    ASSERT_NE(window_.fleetPage()->answer(), nullptr) << qPrintable(window_.messageBar()->text());
  }
  // The command that the dialog shows, by the program itself.
  static json printed(const FleetDialog& asked) {
    const QString words = asked.commandText().mid(QStringLiteral("socklock ").size());
    const auto ran = fleet::testing::socklock(words.toStdString() + " --json");
    EXPECT_EQ(ran.status, 0) << ran.err;
    return ran.status == 0 ? json::parse(ran.out) : json();
  }
  void expectSameAs(const json& result) {
    const FleetPage& page = *window_.fleetPage();
    EXPECT_TRUE(page.verdict()->verdictText().endsWith(QString::fromStdString(result["verdict"])));
    EXPECT_EQ(page.answer()->comparison.headline.effect.ratio, result["headline"]["ratio"].get<double>());
    ASSERT_EQ(page.model()->rowCount(), static_cast<int>(result["classes"].size()));
    for (int row = 0; row < page.model()->rowCount(); ++row) {
      const json& of = result["classes"][static_cast<std::size_t>(row)];
      EXPECT_EQ(page.model()->index(row, 0).data().toString(), QString::fromStdString(of["name"]));
      EXPECT_TRUE(page.model()->index(row, 5).data().toString().endsWith(QString::fromStdString(of["verdict"])));
    }
  }

  std::uint64_t at_ = static_cast<std::uint64_t>(std::time(nullptr)) / 60 * 60 - 3600;
  Folder folder_;
  MainWindow window_{analyzer::Taxonomy::built_in()};
};

TEST_F(FleetWindow, compares_hosts_of_folders_as_the_program_does) {
  const auto asked = ofFolders();
  compare(*asked);
  expectSameAs(printed(*asked));
  const FleetPage& page = *window_.fleetPage();
  EXPECT_EQ(page.verdict()->verdictText(), QStringLiteral("▼ improved"));
  // What, per what, how sure, of how many hosts: in the sentences.
  const QString sentences = page.verdict()->sentenceText();
  for (const char* const words :
       {"per connection", "95% interval", "p = ", "6 hosts compared of 6", "8 hosts compared"})
    EXPECT_TRUE(sentences.contains(QLatin1String(words))) << words << " not in " << sentences.toStdString();
  EXPECT_EQ(window_.shownCommandLine(), asked->commandText());
  // A dot for each host, of the headline and then of the class that is chosen; dots and rows are linked.
  ASSERT_EQ(page.hosts()->rowCount(), static_cast<int>(kCanaries + kControls));
  page.table()->selectRow(0);
  EXPECT_TRUE(page.dotsText().endsWith(page.model()->index(0, 0).data().toString())) << page.dotsText().toStdString();
  ASSERT_EQ(page.hosts()->rowCount(), static_cast<int>(kCanaries + kControls));
  layOut();
  QTest::mouseClick(page.dots(), Qt::LeftButton, {}, page.dots()->placeOf(10).toPoint());
  EXPECT_GE(page.dots()->chosenRun(), 0);
}

TEST_F(FleetWindow, exports_the_report_that_the_program_prints) {
  const auto asked = ofFolders();
  compare(*asked);
  const QString file = QString::fromStdString(folder_.file("report.json"));
  QSignalSpy exported(&window_, &MainWindow::exported);
  window_.exportTo(file);
  ASSERT_TRUE(exported.count() > 0 || exported.wait(100'000));
  QFile report(file);
  ASSERT_TRUE(report.open(QIODevice::ReadOnly));
  EXPECT_EQ(json::parse(report.readAll().toStdString()), printed(*asked));
}

TEST_F(FleetWindow, says_what_is_wrong_and_leaves_what_was_there) {
  compare(*ofFolders());
  const FleetAnswerPtr was = window_.fleetPage()->answer();
  window_.compareFleet(dialog({}, QStringLiteral("/nonexistent"), QStringLiteral("/nonexistent"))->compareWords());
  ASSERT_TRUE(waitUntilSettled(window_));
  EXPECT_TRUE(window_.messageBar()->text().contains(QStringLiteral("no folder of traces")));
  // Nobody listens there.
  window_.compareFleet(dialog(QStringLiteral("http://127.0.0.1:1/socklock"), QStringLiteral("group=canary"),
                              QStringLiteral("group=control"))
                           ->compareWords());
  ASSERT_TRUE(waitUntilSettled(window_));
  EXPECT_TRUE(window_.messageBar()->text().contains(QStringLiteral("127.0.0.1:1")))
      << qPrintable(window_.messageBar()->text());
  EXPECT_EQ(window_.fleetPage()->answer(), was);
}

TEST_F(FleetWindow, opens_a_store_on_the_same_page_and_shows_what_hurts_most) {
  if (const std::string why = Servers::why_missing(); !why.empty()) GTEST_SKIP() << why;
  Servers servers;
  ASSERT_TRUE(servers.start_all());
  const auto run = [](const std::string& words) {
    const auto ran = fleet::testing::socklock(words);
    ASSERT_EQ(ran.status, 0) << ran.err;
  };
  run("fleet init --apply --to " + servers.url());
  for (const char* const group : {"canary", "control"})
    run(fmt::format("ship --once --dir {} --state {} --to {} --label group={}", folder_.file(group),
                    folder_.file(std::string("state-") + group), servers.url(), group));
  const auto asked =
      dialog(QString::fromStdString(servers.url()), QStringLiteral("group=canary"), QStringLiteral("group=control"));
  compare(*asked);
  expectSameAs(printed(*asked));
  const FleetPage& page = *window_.fleetPage();
  EXPECT_EQ(page.verdict()->verdictText(), QStringLiteral("▼ improved"));
  // What a folder says the store says.
  const auto ratio = page.answer()->comparison.headline.effect.ratio;
  compare(*ofFolders());
  EXPECT_EQ(page.answer()->comparison.headline.effect.ratio, ratio);

  FleetDialog top(FleetDialog::Kind::kTop);
  top.setAttribute(Qt::WA_DeleteOnClose, false);
  top.url()->setText(QString::fromStdString(servers.url()));
  top.since()->setText(QStringLiteral("6h"));
  window_.askFleetTop(top.topWords());
  ASSERT_TRUE(waitUntilSettled(window_));
  FleetTopPage& most = *window_.fleetTopPage();
  ASSERT_NE(most.top(), nullptr) << qPrintable(window_.messageBar()->text());
  const auto printed_top = fleet::testing::socklock("fleet top --json --limit 0 --since 6h --from " + servers.url());
  ASSERT_EQ(printed_top.status, 0) << printed_top.err;
  const json rows = json::parse(printed_top.out)["top"];
  ASSERT_EQ(most.model()->rowCount(), static_cast<int>(rows.size()));
  EXPECT_EQ(most.model()->index(0, 0).data().toString(), QString::fromStdString(rows[0]["name"]));
  most.grouping()->setCurrentIndex(most.grouping()->findData(QStringLiteral("host")));
  Q_EMIT most.grouping()->activated(most.grouping()->currentIndex());
  ASSERT_TRUE(waitUntilSettled(window_));
  EXPECT_EQ(most.model()->rowCount(), static_cast<int>(kCanaries + kControls));
  expectPictures(window_, QStringLiteral("fleet-top-light"));
}

TEST_F(FleetWindow, has_pictures_in_light_and_dark_colours) {
  QApplication::setStyle(QStringLiteral("Fusion"));
  for (const bool dark : {false, true}) {
    QApplication::setPalette(paletteFor(dark));
    MainWindow window(analyzer::Taxonomy::built_in());
    window.show();
    window.compareFleet(ofFolders()->compareWords());
    ASSERT_TRUE(waitUntilSettled(window));
    window.fleetPage()->table()->selectRow(0);
    expectPictures(window, dark ? QStringLiteral("fleet-dark") : QStringLiteral("fleet-light"));
  }
  QApplication::setPalette(paletteFor(false));
}

}  // namespace
}  // namespace socklock::gui
