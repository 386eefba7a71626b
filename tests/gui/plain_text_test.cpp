// SPDX-License-Identifier: GPL-2.0-or-later
// Whatever a trace says of itself is text: no label and no tooltip of any page takes it for markup, and no file that it
// names is opened.
#include "gui/views/plain_labels.h"

#include <gtest/gtest.h>

#include <QAbstractItemView>
#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QHelpEvent>
#include <QImage>
#include <QLabel>
#include <QTemporaryDir>
#include <QTest>
#include <QToolTip>

#include <variant>
#include <vector>

#include "analyzer/label/labelled_run.h"
#include "gui/app/pages.h"
#include "proto/rows.h"
#include "proto/trace_reader.h"
#include "proto/trace_writer.h"
#include "tests/gui/support.h"
#include "tests/support/tainted_trace.h"

namespace socklock::gui {
namespace {

using namespace testing;

// A picture of one colour that nothing else has: where it is seen, it was loaded.
constexpr QRgb kBait = 0xfffe01fd;

class PlainText : public ::testing::Test {
 protected:
  PlainText() {
    QImage bait(40, 40, QImage::Format_RGB32);
    bait.fill(kBait);
    bait.save(bait_);
  }

  [[nodiscard]] std::string taint() const { return "<b>x</b><img src='" + bait_.toStdString() + "'>"; }

  // A real recording of which every string is markup.
  [[nodiscard]] QString writeTrace(const QString& from, const QString& name) const {
    const QString path = folder_.filePath(name);
    // First all texts that the format has, then what else makes pages show them.
    const std::string every = path.toStdString() + ".every";
    EXPECT_TRUE(
        socklock::testing::write_tainted(from.toStdString(), every, taint(), socklock::testing::Tainted::kTexts));
    auto reader = trace::TraceReader::open(every);
    auto writer = trace::TraceWriter::create(path.toStdString());
    EXPECT_TRUE(reader && writer);
    while (auto block = reader->next()) std::visit([&](auto& message) { copy(message, *writer); }, block->message);
    return path;
  }

  void copy(trace::v1::Events& events, trace::TraceWriter& writer) const {
    trace::EventColumns columns;
    ASSERT_TRUE(trace::decode(events, columns));
    EXPECT_TRUE(writer.write(columns));
  }
  void copy(trace::v1::Footer& footer, trace::TraceWriter& writer) const {
    taintStrings(*footer.mutable_header());
    EXPECT_TRUE(writer.finish(footer));
  }
  void copy(trace::v1::Interval& interval, trace::TraceWriter& writer) const { EXPECT_TRUE(writer.write(interval)); }
  template <typename Message>
  void copy(Message& message, trace::TraceWriter& writer) const {
    taintStrings(message);
    EXPECT_TRUE(writer.write(message));
  }

  void taintStrings(trace::v1::Header& header) const {
    const std::string text = taint();
    header.set_label(text);
    header.set_origin(text);
    trace::v1::Host& host = *header.mutable_host();
    for (std::string* const field : {host.mutable_name(), host.mutable_kernel_release(), host.mutable_kernel_build(),
                                     host.mutable_kernel_command_line(), host.mutable_cpu_model()})
      *field = text;
    trace::v1::Recorder& recorder = *header.mutable_recorder();
    recorder.set_version(text);
    recorder.add_notes(text);
    for (auto& option : *recorder.mutable_options()) option = text;
    // What could not be probed, and so not measured, for a reason in words.
    for (auto& probe : *recorder.mutable_probes()) {
      probe.set_attached(false);
      probe.set_reason(text);
      probe.set_remedy(text);
    }
    trace::v1::Workload& workload = *header.mutable_workload();
    for (auto& word : *workload.mutable_argv()) word = text;
    workload.set_filter(text);
  }

  // Tables keep their names, or the page of buckets would be empty.
  void taintStrings(trace::v1::Dictionary& dictionary) const {
    const std::string text = taint();
    for (auto& function : *dictionary.mutable_functions()) {
      function.set_symbol(text);
      function.set_module(text);
    }
    for (auto& lock : *dictionary.mutable_locks())
      for (std::string* const field : {lock.mutable_cache(), lock.mutable_member(), lock.mutable_symbol()})
        if (!field->empty()) *field = text;
    for (auto& thread : *dictionary.mutable_threads()) thread.set_comm(text);
  }

  static void expectPlain(MainWindow& window, const std::string& page) {
    ASSERT_TRUE(waitUntilSettled(window));
    const QImage image = window.grab().toImage();
    for (int y = 0; y < image.height(); ++y)
      for (int x = 0; x < image.width(); ++x) ASSERT_NE(image.pixel(x, y), kBait) << page << " at " << x << ", " << y;
    int labels = 0;
    for (const QLabel* const label : window.findChildren<QLabel*>()) {
      if (!label->isVisible()) continue;
      ++labels;
      EXPECT_EQ(label->textFormat(), Qt::PlainText) << page << ": " << label->text().toStdString();
    }
    EXPECT_GT(labels, 5) << page;
  }

  // Points at every part of the page as a mouse would.
  static void expectPlainTooltips(QWidget& page, const std::string& id) {
    for (QWidget* const part : page.findChildren<QWidget*>()) {
      if (!part->isVisible()) continue;
      for (int y = 8; y < part->height(); y += 24)
        for (int x = 8; x < part->width(); x += 60) {
          QHelpEvent help(QEvent::ToolTip, {x, y}, part->mapToGlobal(QPoint(x, y)));
          QCoreApplication::sendEvent(part, &help);
          if (!QToolTip::isVisible()) continue;
          for (const QWidget* const top : QApplication::topLevelWidgets())
            if (const auto* const label = qobject_cast<const QLabel*>(top)) {
              EXPECT_EQ(label->textFormat(), Qt::PlainText) << id << ": " << label->text().toStdString();
            }
          QToolTip::hideText();
        }
    }
  }

  QTemporaryDir folder_;
  QString bait_ = folder_.filePath(QStringLiteral("bait.png"));
};

TEST_F(PlainText, is_all_that_a_trace_can_put_on_any_page) {
  for (const bool two : {false, true}) {
    MainWindow window(analyzer::Taxonomy::built_in());
    window.resize(1200, 800);
    window.show();
    const QStringList before{
        writeTrace(caseRuns(QStringLiteral("pressure/6.1")).front(), QStringLiteral("a-%1.slk").arg(two))};
    QStringList after;
    if (two) after.append(writeTrace(caseRuns(QStringLiteral("pressure/7.2")).front(), QStringLiteral("b.slk")));
    window.open(before, after);
    ASSERT_TRUE(waitUntilAnswered(window.session()));
    ASSERT_NE(window.session().findings(), nullptr);
    // The taint arrived.
    const auto& runs = *window.session().findings()->runs;
    EXPECT_TRUE(runs.before.front().run.damage.empty());
    EXPECT_EQ(runs.before.front().run.facts.label, taint());
    EXPECT_EQ(runs.before.front().run.dictionaries.threads.back().comm, taint());
    for (const std::string& id : pageIds()) {
      ASSERT_TRUE(window.showPage(QString::fromStdString(id)));
      expectPlain(window, id);
      expectPlainTooltips(window, id);
    }
  }
}

TEST_F(PlainText, is_what_labels_show_that_are_made_later_and_set_to_markup) {
  keepLabelsPlain();
  QWidget window;
  auto* const label = new QLabel(QString::fromStdString(taint()), &window);
  label->setTextFormat(Qt::RichText);
  label->resize(200, 60);
  window.resize(220, 80);
  window.show();
  const QImage image = window.grab().toImage();
  for (int y = 0; y < image.height(); ++y)
    for (int x = 0; x < image.width(); ++x) ASSERT_NE(image.pixel(x, y), kBait);
  EXPECT_EQ(label->textFormat(), Qt::PlainText);
}

// What no filter of events would see.
TEST_F(PlainText, is_kept_by_sources_that_know_no_markup) {
  QDirIterator files(QStringLiteral(SOCKLOCK_SOURCE "/gui"), {QStringLiteral("*.cpp"), QStringLiteral("*.h")},
                     QDir::Files, QDirIterator::Subdirectories);
  int count = 0;
  while (files.hasNext()) {
    QFile file(files.next());
    ASSERT_TRUE(file.open(QIODevice::ReadOnly));
    ++count;
    const QByteArray text = file.readAll();
    for (const char* word : {"Qt::RichText", "Qt::AutoText", "Qt::MarkdownText", "setHtml", "QTextDocument",
                             "QTextEdit", "QTextBrowser", "QWhatsThis", "<b>", "<p>", "<a "})
      EXPECT_FALSE(text.contains(word)) << file.fileName().toStdString() << ": " << word;
  }
  EXPECT_GT(count, 40);
}

}  // namespace
}  // namespace socklock::gui
