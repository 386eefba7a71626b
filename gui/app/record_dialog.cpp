// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/app/record_dialog.h"

#include <QDateTime>
#include <QDialogButtonBox>
#include <QDir>
#include <QFormLayout>
#include <QPushButton>
#include <QStandardPaths>
#include <QVBoxLayout>
#include <algorithm>

#include <unistd.h>

#include "base/units.h"

namespace socklock::gui {
namespace {

// As a shell takes it for one word.
QString quoted(const QString& word) {
  static const QString kPlain = QStringLiteral("-_./:@=,+%");
  const bool is_plain = !word.isEmpty() && std::all_of(word.begin(), word.end(), [](QChar c) {
    return (c.unicode() < 128 && c.isLetterOrNumber()) || kPlain.contains(c);
  });
  return is_plain ? word
                  : QLatin1Char('\'') + QString(word).replace(QLatin1Char('\''), QStringLiteral("'\\''")) +
                        QLatin1Char('\'');
}

QString quotedAll(const QStringList& words) {
  QStringList all;
  for (const QString& word : words) all.append(quoted(word));
  return all.join(QLatin1Char(' '));
}

}  // namespace

RecordDialog::RecordDialog(QWidget* parent)
    : QDialog(parent),
      host_(new QLineEdit(this)),
      seconds_(new QSpinBox(this)),
      label_(new QLineEdit(this)),
      file_(new QLineEdit(this)),
      command_(new QLabel(this)),
      words_(new QLabel(this)) {
  setWindowTitle(tr("Record"));
  setAttribute(Qt::WA_DeleteOnClose);
  host_->setPlaceholderText(tr("this machine; or a host that ssh reaches without a password: user@host"));
  seconds_->setRange(1, 86'400);
  seconds_->setValue(30);
  seconds_->setSuffix(tr(" s"));
  label_->setPlaceholderText(tr("before, after, a version …"));
  file_->setText(
      QDir(QStandardPaths::writableLocation(QStandardPaths::HomeLocation))
          .filePath(QDateTime::currentDateTime().toString(QStringLiteral("'socklock-'yyyyMMdd-HHmmss'.slk'"))));
  command_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  command_->setWordWrap(true);
  command_->setTextFormat(Qt::PlainText);
  words_->setWordWrap(true);
  words_->setTextFormat(Qt::PlainText);
  auto* const form = new QFormLayout;
  form->addRow(tr("&Host"), host_);
  form->addRow(tr("&Duration"), seconds_);
  form->addRow(tr("&Label"), label_);
  form->addRow(tr("&File"), file_);
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
  resize(640, 320);
  for (QLineEdit* const edit : {host_, label_, file_})
    connect(edit, &QLineEdit::textChanged, this, &RecordDialog::showCommand);
  connect(seconds_, &QSpinBox::valueChanged, this, &RecordDialog::showCommand);
  connect(start_, &QPushButton::clicked, this, &RecordDialog::start);
  connect(stop_, &QPushButton::clicked, this, &RecordDialog::stop);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(&process_, &QProcess::readyReadStandardOutput, this, &RecordDialog::takeOutput);
  connect(&process_, &QProcess::finished, this, &RecordDialog::finish);
  connect(&process_, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
    if (error == QProcess::FailedToStart) finish(-1, QProcess::CrashExit);
  });
  showCommand();
}

QStringList RecordDialog::command() const {
  QStringList record{QStringLiteral("socklock"), QStringLiteral("record"), QStringLiteral("-d"),
                     QString::number(seconds_->value())};
  if (!label_->text().isEmpty()) record += {QStringLiteral("-l"), label_->text()};
  record += {QStringLiteral("-o"), QStringLiteral("-")};
  const QString host = host_->text().trimmed();
  // ssh hands one string to a shell on the other side. "--": a host is no option, whatever it looks like.
  if (!host.isEmpty()) return {QStringLiteral("ssh"), QStringLiteral("--"), host, quotedAll(record)};
  return ::geteuid() == 0 ? record : QStringList{QStringLiteral("pkexec")} + record;
}

QString RecordDialog::commandText() const {
  return quotedAll(command()) + QStringLiteral(" > ") + quoted(file_->text());
}

void RecordDialog::showCommand() { command_->setText(commandText()); }

void RecordDialog::start() {
  if (process_.state() != QProcess::NotRunning) return;
  out_.setFileName(file_->text());
  if (!out_.open(QIODevice::WriteOnly | QIODevice::Truncate)) {
    words_->setText(tr("cannot write '%1': %2").arg(file_->text(), out_.errorString()));
    Q_EMIT failed(words_->text());
    return;
  }
  is_stopped_ = false;
  start_->setEnabled(false);
  stop_->setEnabled(true);
  words_->setText(tr("Recording…"));
  QStringList arguments = command();
  const QString program = arguments.takeFirst();
  process_.start(program, arguments);
}

void RecordDialog::stop() {
  is_stopped_ = true;
  process_.terminate();
}

void RecordDialog::takeOutput() {
  out_.write(process_.readAllStandardOutput());
  words_->setText(
      tr("Recording… %1 received").arg(QString::fromStdString(format_bytes(static_cast<std::uint64_t>(out_.size())))));
}

void RecordDialog::finish(int exit_code, QProcess::ExitStatus status) {
  takeOutput();
  const auto bytes = out_.size();
  out_.close();
  start_->setEnabled(true);
  stop_->setEnabled(false);
  // A recording that was stopped holds what was recorded until then.
  if ((status == QProcess::NormalExit && exit_code == 0) || (is_stopped_ && bytes > 0)) {
    words_->setText(tr("Recorded: %1").arg(out_.fileName()));
    Q_EMIT recorded(out_.fileName());
    return;
  }
  const QString said = QString::fromUtf8(process_.readAllStandardError()).trimmed();
  words_->setText(tr("The recording failed: %1").arg(said.isEmpty() ? process_.errorString() : said));
  Q_EMIT failed(words_->text());
}

}  // namespace socklock::gui
