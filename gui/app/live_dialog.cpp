// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/app/live_dialog.h"

#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QSysInfo>
#include <QVBoxLayout>

#include "gui/app/record_dialog.h"
#include "gui/views/plain_labels.h"

namespace socklock::gui {
namespace {

// Of /tmp, where what is recorded is until it is saved; ends it where nobody does.
const QString kLongest = QStringLiteral("8h");

}  // namespace

LiveDialog::LiveDialog(QWidget* parent)
    : QDialog(parent),
      host_(new QLineEdit(this)),
      process_(new QSpinBox(this)),
      path_(new QLineEdit(this)),
      command_(new QLabel(this)) {
  keepLabelsPlain();
  setWindowTitle(tr("Live"));
  setAttribute(Qt::WA_DeleteOnClose);
  host_->setPlaceholderText(tr("this machine; or a host that ssh reaches without a password: user@host"));
  process_->setRange(0, RecordDialog::kLargestPid);
  process_->setSpecialValueText(tr("all processes"));
  path_->setPlaceholderText(tr("a trace that is being recorded, or a service's folder, instead of a recorder"));
  command_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  command_->setWordWrap(true);
  auto* const look = new QPushButton(tr("&Browse…"), this);
  auto* const place = new QHBoxLayout;
  place->addWidget(path_, 1);
  place->addWidget(look);
  auto* const form = new QFormLayout;
  form->addRow(tr("&Host"), host_);
  form->addRow(tr("Process &number"), process_);
  form->addRow(tr("Being &recorded"), place);
  form->addRow(tr("Command"), command_);
  auto* const buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
  QPushButton* const start = buttons->addButton(tr("&Watch"), QDialogButtonBox::AcceptRole);
  start->setDefault(true);
  auto* const layout = new QVBoxLayout(this);
  layout->addLayout(form);
  layout->addStretch();
  layout->addWidget(buttons);
  resize(640, 260);
  for (QLineEdit* const edit : {host_, path_}) connect(edit, &QLineEdit::textChanged, this, &LiveDialog::showCommand);
  connect(process_, &QSpinBox::valueChanged, this, &LiveDialog::showCommand);
  connect(look, &QPushButton::clicked, this, &LiveDialog::browse);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(buttons, &QDialogButtonBox::accepted, this, [this] {
    Q_EMIT chosen(source());
    accept();
  });
  showCommand();
}

LiveSource LiveDialog::source() const {
  LiveSource source;
  source.path = path_->text().trimmed();
  source.name = source.path;
  if (!source.path.isEmpty()) return source;
  const QString host = host_->text().trimmed();
  source.name = host.isEmpty() ? QSysInfo::machineHostName() : host;
  source.runner = runnerFor(host);
  source.recorder = {QStringLiteral("socklock"), QStringLiteral("record"), QStringLiteral("-d"), kLongest};
  if (process_->value() > 0) source.recorder += {QStringLiteral("-p"), QString::number(process_->value())};
  source.recorder += {QStringLiteral("-o"), QStringLiteral("-")};
  return source;
}

void LiveDialog::showCommand() {
  const LiveSource wanted = source();
  host_->setEnabled(wanted.path.isEmpty());
  process_->setEnabled(wanted.path.isEmpty());
  command_->setText(wanted.path.isEmpty() ? commandLine(wanted.runner, wanted.recorder)
                                          : tr("none: it is being recorded already"));
}

void LiveDialog::browse() {
  auto* const dialog = new QFileDialog(this, tr("What is being recorded"), {}, tr("Traces (*.slk);;All files (*)"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setFileMode(QFileDialog::ExistingFile);
  connect(dialog, &QFileDialog::fileSelected, path_, &QLineEdit::setText);
  dialog->open();
}

}  // namespace socklock::gui
