// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/app/sides_dialog.h"

#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QMap>
#include <QVBoxLayout>
#include <algorithm>
#include <limits>

#include "analyzer/load/facts.h"
#include "analyzer/load/load_run.h"
#include "gui/models/text.h"

namespace socklock::gui {
namespace {

constexpr int kWhyNotRole = Qt::UserRole + 1;
// Runs a side from which on a table of several rows can be judged row by row.
constexpr int kRunsForRows = 5;

// Why a path is nothing to compare; empty where it is: a trace, or a folder or a manifest that names some.
QString whyNot(const QString& path) {
  const QFileInfo info(path);
  if (info.isDir() || info.suffix() == QStringLiteral("json")) return {};
  const auto facts = analyzer::load_facts(path.toStdString());
  return facts ? QString() : shown(facts.error().what);
}

void fill(QListWidget* list, const QStringList& paths) {
  list->clear();
  for (const QString& path : paths) {
    const QString why_not = whyNot(path);
    const QString name = QFileInfo(path).fileName();
    auto* const item =
        new QListWidgetItem(why_not.isEmpty() ? name : QStringLiteral("⚠ %1: %2").arg(name, why_not), list);
    item->setData(Qt::UserRole, path);
    item->setData(kWhyNotRole, why_not);
    item->setToolTip(path);
  }
}

int unusable(const QListWidget* list) {
  int count = 0;
  for (int i = 0; i < list->count(); ++i) count += list->item(i)->data(kWhyNotRole).toString().isEmpty() ? 0 : 1;
  return count;
}

QStringList paths(const QListWidget* list) {
  QStringList all;
  for (int i = 0; i < list->count(); ++i) all.append(list->item(i)->data(Qt::UserRole).toString());
  return all;
}

void takeSelected(QListWidget* from, QListWidget* to) {
  QStringList kept, taken;
  for (int i = 0; i < from->count(); ++i)
    (from->item(i)->isSelected() ? taken : kept).append(from->item(i)->data(Qt::UserRole).toString());
  fill(from, kept);
  if (to != nullptr) fill(to, paths(to) + taken);
}

}  // namespace

SidesDialog::SidesDialog(QWidget* parent)
    : QDialog(parent),
      before_(new QListWidget(this)),
      after_(new QListWidget(this)),
      label_before_(new QLineEdit(this)),
      label_after_(new QLineEdit(this)),
      words_(new QLabel(this)) {
  setWindowTitle(tr("Runs to compare"));
  setAttribute(Qt::WA_DeleteOnClose);
  resize(760, 420);
  auto* const swap_button = new QPushButton(tr("⇄ &Swap sides"), this);
  auto* const sides = new QHBoxLayout;
  sides->addWidget(makeSide(tr("&Before"), before_, after_, label_before_));
  sides->addWidget(swap_button);
  sides->addWidget(makeSide(tr("&After"), after_, before_, label_after_));
  words_->setWordWrap(true);
  auto* const buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
  ok_ = buttons->button(QDialogButtonBox::Ok);
  auto* const layout = new QVBoxLayout(this);
  layout->addLayout(sides);
  layout->addWidget(words_);
  layout->addWidget(buttons);
  connect(swap_button, &QPushButton::clicked, this, &SidesDialog::swap);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(buttons, &QDialogButtonBox::accepted, this, [this] {
    Q_EMIT chosen(before(), after(), label_before_->text(), label_after_->text());
    accept();
  });
  updateWords();
}

QWidget* SidesDialog::makeSide(const QString& title, QListWidget* list, QListWidget* other, QLineEdit* label_edit) {
  auto* const side = new QWidget(this);
  auto* const label = new QLabel(title, side);
  label->setBuddy(list);
  label_edit->setPlaceholderText(tr("label; empty: as recorded"));
  list->setSelectionMode(QAbstractItemView::ExtendedSelection);
  auto* const add = new QPushButton(tr("Add…"), side);
  auto* const remove = new QPushButton(tr("Remove"), side);
  auto* const move = new QPushButton(tr("Move across"), side);
  auto* const row = new QHBoxLayout;
  for (QPushButton* const button : {add, remove, move}) row->addWidget(button);
  auto* const layout = new QVBoxLayout(side);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(label);
  layout->addWidget(label_edit);
  layout->addWidget(list);
  layout->addLayout(row);
  connect(add, &QPushButton::clicked, this, [this, list] { addFiles(list); });
  connect(remove, &QPushButton::clicked, this, [this, list] {
    takeSelected(list, nullptr);
    updateWords();
  });
  connect(move, &QPushButton::clicked, this, [this, list, other] {
    takeSelected(list, other);
    updateWords();
  });
  return side;
}

void SidesDialog::addFiles(QListWidget* list) {
  auto* const dialog = new QFileDialog(this, tr("Add traces"), {}, tr("Traces (*.slk);;All files (*)"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::ExistingFiles);
  connect(dialog, &QFileDialog::filesSelected, this, [this, list](const QStringList& files) {
    fill(list, paths(list) + files);
    updateWords();
  });
  dialog->open();
}

void SidesDialog::setSides(const QStringList& before, const QStringList& after) {
  fill(before_, before);
  fill(after_, after);
  updateWords();
}

void SidesDialog::setLabels(const QString& before, const QString& after) {
  label_before_->setText(before);
  label_after_->setText(after);
}

QStringList SidesDialog::before() const { return paths(before_); }
QStringList SidesDialog::after() const { return paths(after_); }

void SidesDialog::swap() {
  const QStringList was_before = before();
  const QString was_label = label_before_->text();
  setSides(after(), was_before);
  setLabels(label_after_->text(), was_label);
}

void SidesDialog::updateWords() {
  const auto runs_before = before_->count(), runs_after = after_->count();
  const int no_traces = unusable(before_) + unusable(after_);
  ok_->setEnabled(runs_before > 0 && no_traces == 0);
  if (no_traces > 0)
    words_->setText(tr("What is marked is no trace: remove it."));
  else if (runs_before == 0)
    words_->setText(tr("Add at least one trace before."));
  else if (runs_after == 0)
    words_->setText(tr("Without traces after, the side is explored, not compared."));
  else if (std::min(runs_before, runs_after) < kRunsForRows)
    words_->setText(tr("%1 or more runs a side let verdicts cover how runs vary.").arg(kRunsForRows));
  else
    words_->setText(tr("%1 runs before, %2 after.").arg(runs_before).arg(runs_after));
}

void guessSides(const QStringList& paths, QStringList& before, QStringList& after) {
  struct Trace {
    QString path, label;
    std::uint64_t time = std::numeric_limits<std::uint64_t>::max();
  };
  std::vector<Trace> traces;
  QStringList labels;  // in order of time
  for (const QString& path : paths) {
    Trace trace{path, {}};
    if (const auto facts = analyzer::load_facts(path.toStdString())) {
      trace.label = shown(facts->label);
      trace.time = facts->wall_start_ns;
    }
    traces.push_back(trace);
  }
  std::stable_sort(traces.begin(), traces.end(), [](const Trace& a, const Trace& b) { return a.time < b.time; });
  for (const Trace& trace : traces)
    if (!labels.contains(trace.label)) labels.append(trace.label);
  // Interleaved experiments may begin with either side, so a label that says which it is counts more than time.
  if (labels.size() == 2 && labels[1].contains(QStringLiteral("before"), Qt::CaseInsensitive)) labels.swapItemsAt(0, 1);
  for (std::size_t i = 0; i < traces.size(); ++i) {
    const bool is_before = labels.size() == 2 ? traces[i].label == labels[0] : 2 * i < traces.size();
    (is_before ? before : after).append(traces[i].path);
  }
}

}  // namespace socklock::gui
