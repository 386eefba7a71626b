// SPDX-License-Identifier: GPL-2.0-or-later
// A fleet in the window: hosts compared, and what hurts most.
#include <QMenuBar>
#include <QStatusBar>

#include "gui/app/command_line_text.h"
#include "gui/app/fleet_dialog.h"
#include "gui/app/main_window.h"
#include "gui/models/text.h"
#include "gui/views/fleet_page.h"
#include "gui/views/message_bar.h"

namespace socklock::gui {

void MainWindow::makeFleetMenu() {
  QMenu* const menu = menuBar()->addMenu(tr("Flee&t"));
  menu->addAction(tr("&Compare hosts…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_H), this,
                  [this] { fleetDialog(); });
  menu->addAction(tr("&Top…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_T), this, [this] {
    auto* const dialog = new FleetDialog(FleetDialog::Kind::kTop, this);
    connect(dialog, &FleetDialog::asked, this, [this, dialog] { askFleetTop(dialog->topWords()); });
    dialog->open();
  });
  menu->addSeparator();
  export_fleet_ = menu->addAction(tr("&Export report of the hosts…"), this, [this] {
    chooseFile(tr("Export report"), reportFilters(), [this](const QString& name) { exportTo(name); });
  });
  copy_fleet_ = menu->addAction(tr("Copy as command &line"), this, &MainWindow::copyCommandLine);
  for (QAction* const action : {export_fleet_, copy_fleet_}) action->setEnabled(false);
  connect(fleet_, &FleetPage::askAgainWanted, this, [this] { fleetDialog(); });
  connect(fleet_top_, &FleetTopPage::asked, this, &MainWindow::askFleetTop);
  connect(&fleet_job_, &Background::busyChanged, this, [this](bool is_busy) {
    fleet_cancel_->setVisible(is_busy);
    is_busy ? statusBar()->showMessage(tr("Asking the fleet…")) : statusBar()->clearMessage();
  });
  connect(fleet_cancel_, &QPushButton::clicked, &fleet_job_, &Background::cancel);
}

FleetDialog* MainWindow::fleetDialog() {
  auto* const dialog = new FleetDialog(FleetDialog::Kind::kCompare, this);
  connect(dialog, &FleetDialog::asked, this, [this, dialog] { compareFleet(dialog->compareWords()); });
  dialog->open();
  return dialog;
}

void MainWindow::compareFleet(const fleet::CompareWords& words) {
  message_->hide();
  fleet_job_.start([words, taxonomy = session_.taxonomy()](Watch& /*watch*/) { return answerFleet(words, taxonomy); },
                   [this](const Result<FleetAnswerPtr>& answer) {
                     if (!answer) {
                       message_->say(shown(answer.error().message()), shown(answer.error().hint));
                       return;
                     }
                     fleet_->show(*answer);
                     stack_->setCurrentWidget(fleet_);
                     setWindowTitle(tr("Hosts of a fleet – socklock"));
                     for (QAction* const action : {export_fleet_, copy_fleet_}) action->setEnabled(true);
                   });
}

void MainWindow::askFleetTop(const FleetTopWords& words) {
  message_->hide();
  fleet_job_.start([words](Watch& /*watch*/) { return fleetTop(words); },
                   [this](const Result<FleetTopPtr>& top) {
                     if (!top) {
                       message_->say(shown(top.error().message()), shown(top.error().hint));
                       return;
                     }
                     fleet_top_->show(*top);
                     stack_->setCurrentWidget(fleet_top_);
                     setWindowTitle(tr("What hurts most in a fleet – socklock"));
                     for (QAction* const action : {export_fleet_, copy_fleet_}) action->setEnabled(true);
                   });
}

std::optional<analyzer::Document> MainWindow::fleetDocument() const {
  if (stack_->currentWidget() == fleet_) return fleet::compare_document(fleet_->answer()->comparison, 0);
  if (stack_->currentWidget() == fleet_top_) return fleet_top_->top()->document;
  return std::nullopt;
}

QString MainWindow::shownCommandLine() const {
  if (stack_->currentWidget() == fleet_) return fleetCommandLine(fleet_->answer()->words);
  if (stack_->currentWidget() == fleet_top_) return fleetTopCommandLine(fleet_top_->top()->words);
  return session_.findings() ? commandLineText(*session_.findings()) : QString();
}

}  // namespace socklock::gui
