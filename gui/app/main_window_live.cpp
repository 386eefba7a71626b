// SPDX-License-Identifier: GPL-2.0-or-later
// What is waited for now, in the window.
#include <QDateTime>
#include <QDir>
#include <QStandardPaths>
#include <QStatusBar>

#include "gui/app/live_dialog.h"
#include "gui/app/main_window.h"
#include "gui/models/text.h"
#include "gui/views/live_page.h"
#include "gui/views/message_bar.h"

namespace socklock::gui {

void MainWindow::live() {
  auto* const dialog = new LiveDialog(this);
  connect(dialog, &LiveDialog::chosen, this, &MainWindow::watchLive);
  dialog->open();
}

void MainWindow::watchLive(const LiveSource& source) {
  message_->hide();
  stack_->setCurrentWidget(live_);
  setWindowTitle(tr("Live: %1 – socklock").arg(source.name));
  if (const auto started = live_->watch(session_.taxonomy(), source); !started)
    message_->say(shown(started.error().message()), shown(started.error().hint));
}

bool MainWindow::isLiveShown() const { return stack_->currentWidget() == live_; }

void MainWindow::connectLive() {
  connect(live_, &LivePage::failed, this,
          [this](const Error& error) { message_->say(shown(error.message()), shown(error.hint)); });
  connect(live_, &LivePage::saveWanted, this, [this] {
    chooseFile(tr("Save the last minute"), {tr("Traces (*.slk)")},
               [this](const QString& name) { live_->saveTo(name); });
  });
  connect(live_, &LivePage::openWanted, this, &MainWindow::analyzeLive);
  connect(live_, &LivePage::saved, this, [this](const QString& file) {
    statusBar()->showMessage(tr("Written: %1").arg(file), 8000);
    if (file == analyzed_live_) open({file}, {});
  });
}

// With every page there is: the recorder is ended, for what it records now nobody would look at.
void MainWindow::analyzeLive() {
  const QDir cache(QStandardPaths::writableLocation(QStandardPaths::CacheLocation) + QStringLiteral("/live"));
  if (!cache.mkpath(QStringLiteral("."))) {
    message_->say(tr("cannot make '%1'").arg(cache.path()), {});
    return;
  }
  const QString moment = QDateTime::currentDateTime().toString(QStringLiteral("yyyyMMdd-HHmmss-zzz"));
  analyzed_live_ = cache.filePath(QStringLiteral("live-%1.slk").arg(moment));
  live_->saveTo(analyzed_live_);
  live_->stop();
}

}  // namespace socklock::gui
