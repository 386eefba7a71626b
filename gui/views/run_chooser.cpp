// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/run_chooser.h"

#include <QDir>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QMouseEvent>
#include <QScreen>
#include <QStyleOptionButton>
#include <QVBoxLayout>
#include <algorithm>

#include "gui/views/theme.h"

namespace socklock::gui {
namespace {

constexpr int kButtonLetters = 10;
constexpr int kAroundText = 34;  // frame and arrow
constexpr int kMostRows = 14, kWidestList = 480;
constexpr int kPathRole = Qt::UserRole;

QString withFolder(const QString& path) {
  const QFileInfo file(path);
  return QStringLiteral("%1/%2").arg(file.dir().dirName(), file.fileName());
}

}  // namespace

QStringList runNames(const QStringList& paths) {
  QStringList files, names;
  for (const QString& path : paths) files.append(QFileInfo(path).fileName());
  for (qsizetype run = 0; run < paths.size(); ++run) {
    const QString name = files.count(files[run]) > 1 ? withFolder(paths[run]) : files[run];
    // One that is named twice, or folders of one name.
    QString unlike = name;
    for (int number = 2; names.contains(unlike); ++number) unlike = QStringLiteral("%1 (%2)").arg(name).arg(number);
    names.append(unlike);
  }
  return names;
}

RunChooser::RunChooser(const QString& name, QWidget* parent)
    : QPushButton(parent),
      popup_(new QFrame(this, Qt::Popup)),
      list_(new QListWidget(popup_)),
      all_(new QPushButton(tr("&All"), popup_)),
      alone_(new QPushButton(tr("&Only this"), popup_)) {
  setAccessibleName(name);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  popup_->setFrameStyle(static_cast<int>(QFrame::Box) | static_cast<int>(QFrame::Plain));
  list_->setAccessibleName(name);
  list_->setTabKeyNavigation(false);
  all_->setToolTip(tr("Show all runs of this side"));
  alone_->setToolTip(tr("Show the run of the row alone, as Enter does"));
  auto* const words = new QLabel(tr("Space or a click marks a run, Enter shows it alone."), popup_);
  auto* const buttons = new QHBoxLayout;
  buttons->addWidget(all_);
  buttons->addWidget(alone_);
  auto* const layout = new QVBoxLayout(popup_);
  layout->setContentsMargins(6, 6, 6, 6);
  layout->addWidget(list_, 1);
  layout->addWidget(words);
  layout->addLayout(buttons);
  list_->installEventFilter(this);
  connect(this, &QPushButton::clicked, this, &RunChooser::open);
  connect(list_, &QListWidget::itemChanged, this, &RunChooser::takeMarks);
  list_->viewport()->installEventFilter(this);
  // A click anywhere on a row marks it, as in a menu; one on the mark itself did so already.
  connect(list_, &QListWidget::itemClicked, this, [this](QListWidgetItem* item) {
    if (item->checkState() == pressed_) toggle(item);
  });
  connect(all_, &QPushButton::clicked, this, [this] {
    std::vector<std::size_t> every(count());
    for (std::size_t run = 0; run < every.size(); ++run) every[run] = run;
    choose(every);
  });
  connect(alone_, &QPushButton::clicked, this, [this] {
    if (list_->currentRow() >= 0) choose({static_cast<std::size_t>(list_->currentRow())});
  });
}

void RunChooser::setRuns(const QStringList& names, const QStringList& paths, const std::vector<std::size_t>& chosen) {
  is_filling_ = true;
  list_->clear();
  for (qsizetype run = 0; run < names.size(); ++run) {
    auto* const item = new QListWidgetItem(names[run], list_);
    item->setData(kPathRole, paths[run]);
    item->setToolTip(paths[run]);
    item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable);
    item->setCheckState(Qt::Unchecked);
  }
  setChosen(chosen);
  // Whole names where there is room.
  int longest = fontMetrics().horizontalAdvance(tr("%1 of %2 runs").arg(count()).arg(count()));
  for (const QString& name : names) longest = std::max(longest, fontMetrics().horizontalAdvance(name));
  setMaximumWidth(std::max(minimumSizeHint().width(), longest + kAroundText));
}

void RunChooser::setChosen(const std::vector<std::size_t>& chosen) {
  is_filling_ = true;
  bool is_any = false;
  for (int run = 0; run < list_->count(); ++run) {
    const bool is_chosen = std::find(chosen.begin(), chosen.end(), static_cast<std::size_t>(run)) != chosen.end();
    list_->item(run)->setCheckState(is_chosen ? Qt::Checked : Qt::Unchecked);
    is_any = is_any || is_chosen;
  }
  if (!is_any && list_->count() > 0) list_->item(0)->setCheckState(Qt::Checked);
  is_filling_ = false;
  showChosen();
}

QString RunChooser::name(std::size_t run) const { return list_->item(static_cast<int>(run))->text(); }

QString RunChooser::path(std::size_t run) const {
  return list_->item(static_cast<int>(run))->data(kPathRole).toString();
}

bool RunChooser::isChosen(std::size_t run) const {
  return list_->item(static_cast<int>(run))->checkState() == Qt::Checked;
}

std::vector<std::size_t> RunChooser::chosen() const {
  std::vector<std::size_t> runs;
  for (int run = 0; run < list_->count(); ++run)
    if (list_->item(run)->checkState() == Qt::Checked) runs.push_back(static_cast<std::size_t>(run));
  return runs;
}

void RunChooser::choose(const std::vector<std::size_t>& chosen) {
  if (chosen == this->chosen()) return;
  setChosen(chosen);
  Q_EMIT changed();
}

// A list without a mark would leave a side without a run: the last one keeps its mark.
void RunChooser::takeMarks() {
  if (is_filling_) return;
  if (chosen().empty()) {
    setChosen({static_cast<std::size_t>(std::max(0, list_->currentRow()))});
    return;
  }
  showChosen();
  Q_EMIT changed();
}

void RunChooser::toggle(QListWidgetItem* item) {
  item->setCheckState(item->checkState() == Qt::Checked ? Qt::Unchecked : Qt::Checked);
}

void RunChooser::showChosen() {
  const std::vector<std::size_t> runs = chosen();
  QString words =
      runs.size() == count() ? tr("all %1 runs").arg(count()) : tr("%1 of %2 runs").arg(runs.size()).arg(count());
  if (runs.size() < 2) words = runs.empty() ? QString() : name(runs.front());
  QStringList names;
  for (const std::size_t run : runs) names.append(name(run));
  setToolTip(names.join(QLatin1Char('\n')));
  setAccessibleDescription(names.join(QStringLiteral(", ")));
  words = fontMetrics().elidedText(words, Qt::ElideMiddle, std::max(0, width() - kAroundText));
  setText(words.replace(QLatin1Char('&'), QStringLiteral("&&")));
}

void RunChooser::open() {
  if (count() == 0) return;
  const int row_height = std::max(1, list_->sizeHintForRow(0));
  const int rows = std::min(static_cast<int>(count()), kMostRows);
  list_->setMinimumWidth(std::min(kWidestList, list_->sizeHintForColumn(0) + 2 * kAroundText));
  list_->setFixedHeight(rows * row_height + 2 * list_->frameWidth());
  QPalette colours = palette();
  colours.setColor(QPalette::WindowText, themeOf(colours).soft);  // of the frame and the hint
  popup_->setPalette(colours);
  popup_->adjustSize();
  QPoint at = mapToGlobal(QPoint(0, height()));
  const QRect room = screen()->availableGeometry();
  at.setX(std::clamp(at.x(), room.left(), std::max(room.left(), room.right() - popup_->width())));
  if (at.y() + popup_->height() > room.bottom())
    at.setY(std::max(room.top(), mapToGlobal(QPoint(0, 0)).y() - popup_->height()));
  popup_->move(at);
  popup_->show();
  if (list_->currentRow() < 0) list_->setCurrentRow(static_cast<int>(chosen().front()));
  list_->setFocus(Qt::PopupFocusReason);
}

void RunChooser::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Down || event->key() == Qt::Key_F4)
    open();
  else
    QPushButton::keyPressEvent(event);
}

void RunChooser::resizeEvent(QResizeEvent* event) {
  QPushButton::resizeEvent(event);
  showChosen();
}

bool RunChooser::eventFilter(QObject* watched, QEvent* event) {
  // Of a press on a mark the list tells nobody.
  if (watched == list_->viewport() && event->type() == QEvent::MouseButtonPress)
    if (const auto* const item = list_->itemAt(static_cast<QMouseEvent*>(event)->position().toPoint()))
      pressed_ = item->checkState();
  if (watched != list_ || event->type() != QEvent::KeyPress) return QPushButton::eventFilter(watched, event);
  // Enter is a way to one run alone.
  const int key = static_cast<QKeyEvent*>(event)->key();
  if (key != Qt::Key_Return && key != Qt::Key_Enter) return QPushButton::eventFilter(watched, event);
  alone_->click();
  popup_->hide();
  return true;
}

// With the arrow of a button that opens something.
void RunChooser::initStyleOption(QStyleOptionButton* option) const {
  QPushButton::initStyleOption(option);
  option->features |= QStyleOptionButton::HasMenu;
}

QSize RunChooser::minimumSizeHint() const {
  return {fontMetrics().averageCharWidth() * kButtonLetters + kAroundText, QPushButton::sizeHint().height()};
}

QSize RunChooser::sizeHint() const { return {minimumSizeHint().width(), QPushButton::sizeHint().height()}; }

}  // namespace socklock::gui
