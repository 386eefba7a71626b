// SPDX-License-Identifier: GPL-2.0-or-later
// Places to come back to, and other windows on the same traces.
#include <QInputDialog>
#include <QMenuBar>

#include "gui/app/main_window.h"
#include "gui/models/text.h"
#include "gui/views/page.h"

namespace socklock::gui {
namespace {

// Of a menu, where "&" marks a letter.
QString asTitle(QString name) { return name.replace(QLatin1Char('&'), QStringLiteral("&&")); }

}  // namespace

void MainWindow::makeBookmarkMenu() {
  QMenu* const menu = menuBar()->addMenu(tr("&Bookmarks"));
  needs_traces_.push_back(menu->addAction(tr("&Add a bookmark…"), QKeySequence(Qt::CTRL | Qt::Key_B), this, [this] {
    auto* const dialog = new QInputDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Bookmark"));
    dialog->setLabelText(tr("A note about what is shown; File, Save session keeps it:"));
    connect(dialog, &QInputDialog::textValueSelected, this, &MainWindow::addBookmark);
    dialog->open();
  }));
  menu->addSeparator();
  connect(menu, &QMenu::aboutToShow, this, [this, menu] { listBookmarks(menu); });
}

// Behind the first two, which stay.
void MainWindow::listBookmarks(QMenu* menu) {
  const auto actions = menu->actions();
  for (qsizetype i = 2; i < actions.size(); ++i) delete actions[i];
  for (const Bookmark& bookmark : bookmarks_)
    menu->addAction(asTitle(bookmark.name), this, [this, bookmark] { goTo(bookmark); });
  if (bookmarks_.empty()) return;
  menu->addSeparator();
  QMenu* const remove = menu->addMenu(tr("&Remove"));
  for (std::size_t i = 0; i < bookmarks_.size(); ++i)
    remove->addAction(asTitle(bookmarks_[i].name), this,
                      [this, i] { bookmarks_.erase(bookmarks_.begin() + static_cast<std::ptrdiff_t>(i)); });
}

void MainWindow::addBookmark(const QString& name) {
  const Question& question = session_.question();
  if (question.before.empty() || name.trimmed().isEmpty()) return;
  bookmarks_.push_back(
      {name.trimmed(), question.filter, question.grouping, question.unit, pageId(), shownPage()->state()});
}

void MainWindow::goTo(const Bookmark& bookmark) {
  Question question = session_.question();
  question.filter = bookmark.filter;
  question.grouping = bookmark.grouping;
  question.unit = bookmark.unit;
  session_.change(question, bookmark.name);
  showPage(bookmark.page);
  shownPage()->setState(bookmark.state);
}

MainWindow* MainWindow::openWindow() {
  auto* const window = new MainWindow(session_.taxonomy());
  window->setAttribute(Qt::WA_DeleteOnClose);
  window->bookmarks_ = bookmarks_;
  if (!session_.question().before.empty()) window->session_.ask(session_.question());
  window->setStates(states());
  window->showPage(pageId());
  window->show();
  return window;
}

}  // namespace socklock::gui
