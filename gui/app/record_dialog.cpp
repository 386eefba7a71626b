// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/app/record_dialog.h"

#include <QCloseEvent>
#include <QDateTime>
#include <QDialogButtonBox>
#include <QDir>
#include <QFileInfo>
#include <QFormLayout>
#include <QMessageBox>
#include <QProcess>
#include <QStandardPaths>
#include <QVBoxLayout>

#include "base/units.h"
#include "gui/models/text.h"
#include "gui/views/plain_labels.h"

namespace socklock::gui {

RecordDialog::RecordDialog(QWidget* parent)
    : QDialog(parent),
      host_(new QLineEdit(this)),
      seconds_(new QSpinBox(this)),
      label_(new QLineEdit(this)),
      file_(new QLineEdit(this)),
      program_(new QLineEdit(this)),
      process_(new QSpinBox(this)),
      holders_(new QCheckBox(tr("&acquisitions, hold times and holders, too (level 2)"), this)),
      command_(new QLabel(this)),
      words_(new QLabel(this)) {
  keepLabelsPlain();
  setWindowTitle(tr("Record"));
  setAttribute(Qt::WA_DeleteOnClose);
  makeForm();
  connectRecording();
  renewName();
  showCommand();
}

void RecordDialog::makeForm() {
  host_->setPlaceholderText(tr("this machine; or a host that ssh reaches without a password: user@host"));
  seconds_->setRange(1, 86'400);
  seconds_->setValue(30);
  seconds_->setSuffix(tr(" s"));
  label_->setPlaceholderText(tr("before, after, a version …"));
  command_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  command_->setWordWrap(true);
  words_->setWordWrap(true);
  auto* const form = new QFormLayout;
  form->addRow(tr("&Host"), host_);
  form->addRow(tr("&Duration"), seconds_);
  form->addRow(tr("&Label"), label_);
  form->addRow(tr("&File"), file_);
  program_->setPlaceholderText(tr("whatever runs; or a command to start, and to record until it ends"));
  form->addRow(tr("&Program"), program_);
  process_->setRange(0, kLargestPid);
  process_->setSpecialValueText(tr("all processes"));
  form->addRow(tr("Process &number"), process_);
  form->addRow(QString(), holders_);
  form->addRow(tr("Command"), command_);
  auto* const buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
  start_ = buttons->addButton(tr("&Record"), QDialogButtonBox::ActionRole);
  stop_ = buttons->addButton(tr("&Stop"), QDialogButtonBox::ActionRole);
  stop_->setEnabled(false);
  auto* const layout = new QVBoxLayout(this);
  layout->addLayout(form);
  layout->addWidget(words_);
  layout->addStretch();
  layout->addWidget(buttons);
  resize(640, 400);
  for (QLineEdit* const edit : {host_, label_, file_, program_})
    connect(edit, &QLineEdit::textChanged, this, &RecordDialog::showCommand);
  for (QSpinBox* const box : {seconds_, process_})
    connect(box, &QSpinBox::valueChanged, this, &RecordDialog::showCommand);
  connect(holders_, &QCheckBox::toggled, this, &RecordDialog::showCommand);
  connect(start_, &QPushButton::clicked, this, &RecordDialog::start);
  connect(stop_, &QPushButton::clicked, this, &RecordDialog::stop);
  connect(buttons, &QDialogButtonBox::rejected, this, &RecordDialog::reject);
}

void RecordDialog::connectRecording() {
  connect(&recording_, &Recording::received, this, [this](qint64 bytes) {
    words_->setText(
        tr("Recording… %1 received").arg(QString::fromStdString(format_bytes(static_cast<std::uint64_t>(bytes)))));
  });
  connect(&recording_, &Recording::completed, this, [this](const QString& name) {
    words_->setText(tr("Recorded: %1").arg(name));
    renewName();
    Q_EMIT recorded(name);
    end(words_->text());
  });
  connect(&recording_, &Recording::failed, this, [this](const Error& error) {
    QString words = shown(error.message());
    if (!error.hint.empty()) words += QStringLiteral("\n") + shown(error.hint);
    Q_EMIT failed(words);
    end(words);
  });
}

// Of each recording its own; a name that somebody chose stays.
void RecordDialog::renewName() {
  if (file_->text() != offered_name_) return;
  const QDir home(QStandardPaths::writableLocation(QStandardPaths::HomeLocation));
  const QString stem = QDateTime::currentDateTime().toString(QStringLiteral("'socklock-'yyyyMMdd-HHmmss"));
  offered_name_ = home.filePath(stem + QStringLiteral(".slk"));
  for (int i = 2; QFileInfo::exists(offered_name_); ++i)
    offered_name_ = home.filePath(QStringLiteral("%1-%2.slk").arg(stem).arg(i));
  file_->setText(offered_name_);
}

QStringList RecordDialog::command() const {
  QStringList record{QStringLiteral("socklock"), QStringLiteral("record"), QStringLiteral("-d"),
                     QString::number(seconds_->value())};
  if (!label_->text().isEmpty()) record += {QStringLiteral("-l"), label_->text()};
  if (process_->value() > 0) record += {QStringLiteral("-p"), QString::number(process_->value())};
  if (holders_->isChecked()) record += {QStringLiteral("--level"), QStringLiteral("2")};
  record += QStringList{QStringLiteral("-o"), QStringLiteral("-")};
  const QStringList program = QProcess::splitCommand(program_->text());
  if (program.isEmpty()) return record;
  // What it prints is not for the trace, which has standard output to itself.
  return record +
         QStringList{QStringLiteral("--"), QStringLiteral("sh"), QStringLiteral("-c"),
                     QStringLiteral("exec \"$@\" >&2"), QStringLiteral("sh")} +
         program;
}

QStringList RecordDialog::runner() const { return runnerFor(host_->text().trimmed()); }

QString RecordDialog::commandText() const {
  return commandLine(runner(), command()) + QStringLiteral(" > ") + shellWords({file_->text()});
}

void RecordDialog::showCommand() { command_->setText(commandText()); }

void RecordDialog::start() {
  if (isRecording()) return;
  if (!QFileInfo::exists(file_->text())) {
    begin(false);
    return;
  }
  auto* const question = new QMessageBox(
      QMessageBox::Question, tr("Replace the file?"),
      tr("'%1' exists. Replace it? It stays as it is until the recording is complete.").arg(file_->text()),
      QMessageBox::Cancel, this);
  question->setAttribute(Qt::WA_DeleteOnClose);
  QPushButton* const replace = question->addButton(tr("&Replace"), QMessageBox::DestructiveRole);
  connect(replace, &QPushButton::clicked, this, &RecordDialog::startReplacing);
  question->setDefaultButton(QMessageBox::Cancel);
  question->open();
}

void RecordDialog::startReplacing() { begin(true); }

void RecordDialog::begin(bool may_replace) {
  if (isRecording()) return;
  words_->setText(tr("Recording…"));
  start_->setEnabled(false);
  stop_->setEnabled(true);
  const auto started = recording_.start(runner(), command(), file_->text(), may_replace);
  if (started) return;
  const QString words = shown(started.error().message());
  Q_EMIT failed(words);
  end(words);
}

void RecordDialog::end(const QString& words) {
  words_->setText(words);
  start_->setEnabled(true);
  stop_->setEnabled(false);
  const bool closes = closes_at_end_;
  Q_EMIT ended();
  if (closes) QDialog::reject();
}

void RecordDialog::stop() {
  if (!isRecording()) return;
  stop_->setEnabled(false);
  words_->setText(tr("Stopping: the recorder completes its trace…"));
  recording_.stop();
}

void RecordDialog::reject() {
  if (!isRecording()) {
    QDialog::reject();
    return;
  }
  closes_at_end_ = true;
  stop();
}

void RecordDialog::closeEvent(QCloseEvent* event) {
  if (!isRecording()) {
    QDialog::closeEvent(event);
    return;
  }
  event->ignore();
  reject();
}

}  // namespace socklock::gui
