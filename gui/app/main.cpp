// SPDX-License-Identifier: GPL-2.0-or-later
#include <QApplication>
#include <QFileInfo>
#include <QIcon>
#include <QScreen>
#include <QTimer>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "base/report_error.h"
#include "gui/app/arguments.h"
#include "gui/app/main_window.h"
#include "gui/app/pages.h"
#include "gui/app/settings.h"
#include "gui/jobs/export.h"
#include "gui/views/theme.h"

// Of a static library, which the linker would leave out. Qt wants it outside of any namespace.
static void init_resources() { Q_INIT_RESOURCE(gui); }

namespace {

using namespace socklock;

constexpr int kSettleMs = 20;
constexpr QSize kFrame{8, 40};  // what a window manager puts around a window

QStringList absolute(const std::vector<std::string>& paths) {
  QStringList list;
  for (const std::string& path : paths) list.append(QFileInfo(QString::fromStdString(path)).absoluteFilePath());
  return list;
}

int complain(const Error& error) { return report_error("socklock-gui", error); }

// Once everything is on the screen and has found its place there, or an error is all there will be.
void takeScreenshot(gui::MainWindow& window, const QString& file) {
  QObject::connect(&window.session(), &gui::Session::failed, &window,
                   [](const Error& error) { QCoreApplication::exit(complain(error)); });
  auto* const timer = new QTimer(&window);
  QObject::connect(timer, &QTimer::timeout, &window, [&window, file, was_settled = false]() mutable {
    const bool is_settled = window.session().findings() && window.isSettled();
    // Layouts follow their contents only in a turn of the event loop after these.
    if (!std::exchange(was_settled, is_settled) || !is_settled) return;
    const auto written = gui::writePicture(file, window.grab());
    if (!written) complain(written.error());
    QCoreApplication::exit(static_cast<int>(written ? ExitCode::kDone : ExitCode::kBadInput));
  });
  timer->start(kSettleMs);
}

// The platform without a display complains of what nobody sees.
void handleMessage(QtMsgType type, const QMessageLogContext& /*context*/, const QString& message) {
  if (message.startsWith(QStringLiteral("This plugin does not support"))) return;
  std::fprintf(stderr, "%s\n", message.toLocal8Bit().constData());
  if (type == QtFatalMsg) std::abort();
}

// Where there is no display Qt says why, then that it gives up, and aborts: words about installing it anew.
void handleMessageAtStart(QtMsgType type, const QMessageLogContext& /*context*/, const QString& message) {
  static QString why;
  if (type == QtFatalMsg)
    std::_Exit(complain({"no window can be opened: " + (why.isEmpty() ? message : why).trimmed().toStdString(), "",
                         "--screenshot FILE makes a picture without a display", ExitCode::kUsage}));
  if (type != QtDebugMsg && why.isEmpty()) why = message;
}

QSize sizeOf(const std::string& text) {
  int width = 0, height = 0;
  std::sscanf(text.c_str(), "%dx%d", &width, &height);
  return {width, height};
}

int run(int argc, char** argv) {
  // Before anything of Qt, so that --help needs no display.
  const gui::ParsedArguments parsed = gui::parse_arguments(argc, argv);
  if (parsed.is_done) return parsed.exit_code;
  const gui::Arguments& arguments = parsed.arguments;
  if (!arguments.screenshot.empty() && !qEnvironmentVariableIsSet("QT_QPA_PLATFORM"))
    qputenv("QT_QPA_PLATFORM", "offscreen");
  qInstallMessageHandler(handleMessageAtStart);
  int no_arguments = 1;
  QApplication app(no_arguments, argv);
  qInstallMessageHandler(arguments.screenshot.empty() ? nullptr : handleMessage);
  QCoreApplication::setOrganizationName(QStringLiteral("socklock"));
  QCoreApplication::setApplicationName(QStringLiteral("socklock-gui"));
  QGuiApplication::setDesktopFileName(QStringLiteral("org.socklock.gui"));
  init_resources();
  QApplication::setWindowIcon(QIcon(QStringLiteral(":/icon.svg")));
  // What the command line says comes before what was chosen once.
  gui::applyTheme(arguments.theme == "system" ? gui::loadSettings().theme : QString::fromStdString(arguments.theme));
  auto taxonomy = arguments.taxonomy.empty() ? Result<analyzer::Taxonomy>(analyzer::Taxonomy::built_in())
                                             : analyzer::Taxonomy::load(arguments.taxonomy);
  if (!taxonomy) return complain(taxonomy.error());
  gui::MainWindow window(*std::move(taxonomy));
  if (!arguments.size.empty())
    window.resize(sizeOf(arguments.size));
  else if (arguments.screenshot.empty())
    window.resize(window.size().boundedTo(window.screen()->availableSize() - kFrame));
  // A picture is of what the command line says, not of what was looked at last.
  const std::string page =
      arguments.page.empty() && !arguments.screenshot.empty() ? gui::pageIds().front() : arguments.page;
  if (!page.empty()) window.showPage(QString::fromStdString(page));
  if (!arguments.screenshot.empty()) takeScreenshot(window, QString::fromStdString(arguments.screenshot));
  if (!arguments.before.empty()) window.open(absolute(arguments.before), absolute(arguments.after));
  window.show();
  return QApplication::exec();
}

}  // namespace

int main(int argc, char** argv) {
  return run_main("socklock-gui", [&] { return run(argc, argv); });
}
