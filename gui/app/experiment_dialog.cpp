// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/app/experiment_dialog.h"

#include <QDialogButtonBox>
#include <QDir>
#include <QFormLayout>
#include <QStandardPaths>
#include <QVBoxLayout>
#include <algorithm>

#include <unistd.h>

#include "analyzer/experiment/manifest.h"
#include "gui/jobs/recording.h"
#include "gui/models/text.h"
#include "gui/views/plain_labels.h"

namespace socklock::gui {
namespace {

constexpr int kLookMs = 500;
constexpr qsizetype kMostWords = 1 << 16;
// Of `socklock ab` after Ctrl+C: it keeps what was recorded.
constexpr int kInterrupted = 130;

}  // namespace

ExperimentDialog::ExperimentDialog(QWidget* parent)
    : QDialog(parent),
      folder_(new QLineEdit(this)),
      before_(new QLineEdit(this)),
      after_(new QLineEdit(this)),
      setup_before_(new QLineEdit(this)),
      setup_after_(new QLineEdit(this)),
      rounds_(new QSpinBox(this)),
      warmup_(new QSpinBox(this)),
      seconds_(new QSpinBox(this)),
      stop_when_decided_(new QCheckBox(tr("&stop as soon as the verdict is decided"), this)),
      resume_(new QCheckBox(tr("&go on with the experiment in this folder"), this)),
      command_(new QLabel(this)),
      words_(new QLabel(this)),
      progress_(new QProgressBar(this)) {
  keepLabelsPlain();
  setWindowTitle(tr("Experiment: before against after"));
  setAttribute(Qt::WA_DeleteOnClose);
  const QDir home(QStandardPaths::writableLocation(QStandardPaths::HomeLocation));
  folder_->setText(home.filePath(QStringLiteral("socklock-experiment")));
  makeForm();
  connect(&process_, &QProcess::readyReadStandardError, this,
          [this] { said_ = (said_ + process_.readAllStandardError()).right(kMostWords); });
  connect(&process_, &QProcess::finished, this, &ExperimentDialog::finish);
  connect(&process_, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
    if (error == QProcess::FailedToStart) finish(-1, QProcess::CrashExit);
  });
  look_.setInterval(kLookMs);
  connect(&look_, &QTimer::timeout, this, &ExperimentDialog::showProgress);
  showCommand();
}

void ExperimentDialog::makeForm() {
  rounds_->setRange(1, analyzer::Manifest::kMostRounds);
  rounds_->setValue(10);
  warmup_->setRange(0, analyzer::Manifest::kMostWarmup);
  warmup_->setValue(1);
  seconds_->setRange(0, static_cast<int>(analyzer::Manifest::kLongestSeconds));
  seconds_->setSpecialValueText(tr("until the command ends"));
  seconds_->setSuffix(tr(" s"));
  before_->setPlaceholderText(tr("./bench"));
  after_->setPlaceholderText(tr("./bench --new; the same as before, where a setup makes the difference"));
  setup_after_->setPlaceholderText(tr("sysctl -w ..."));
  command_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  for (QLabel* const label : {command_, words_}) label->setWordWrap(true);
  progress_->setAccessibleName(tr("Runs done"));
  progress_->hide();
  auto* const form = new QFormLayout;
  form->addRow(tr("&Folder"), folder_);
  form->addRow(tr("Command &before"), before_);
  form->addRow(tr("Command &after"), after_);
  form->addRow(tr("Setup before"), setup_before_);
  form->addRow(tr("Setup after"), setup_after_);
  form->addRow(tr("&Rounds"), rounds_);
  form->addRow(tr("Rounds to &warm up"), warmup_);
  form->addRow(tr("&Duration of a run"), seconds_);
  form->addRow(stop_when_decided_);
  form->addRow(resume_);
  form->addRow(tr("Command"), command_);
  auto* const buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
  start_ = buttons->addButton(tr("&Run"), QDialogButtonBox::ActionRole);
  stop_ = buttons->addButton(tr("S&top"), QDialogButtonBox::ActionRole);
  stop_->setEnabled(false);
  auto* const layout = new QVBoxLayout(this);
  layout->addLayout(form);
  layout->addWidget(progress_);
  layout->addWidget(words_);
  layout->addStretch();
  layout->addWidget(buttons);
  resize(700, 480);
  for (QLineEdit* const edit : {folder_, before_, after_, setup_before_, setup_after_})
    connect(edit, &QLineEdit::textChanged, this, &ExperimentDialog::showCommand);
  for (QSpinBox* const box : {rounds_, warmup_, seconds_})
    connect(box, &QSpinBox::valueChanged, this, &ExperimentDialog::showCommand);
  for (QCheckBox* const box : {stop_when_decided_, resume_})
    connect(box, &QCheckBox::toggled, this, &ExperimentDialog::showCommand);
  connect(start_, &QPushButton::clicked, this, &ExperimentDialog::start);
  connect(stop_, &QPushButton::clicked, this, &ExperimentDialog::stop);
  connect(buttons, &QDialogButtonBox::rejected, this, &ExperimentDialog::reject);
}

QStringList ExperimentDialog::command() const {
  QStringList words{QStringLiteral("socklock"), QStringLiteral("ab"), folder_->text()};
  if (resume_->isChecked()) return words + QStringList{QStringLiteral("--resume")};
  const auto add = [&words](const char* option, const QString& value) {
    if (!value.isEmpty()) words += {QLatin1String(option), value};
  };
  add("--before", before_->text());
  add("--after", after_->text());
  add("--setup-before", setup_before_->text());
  add("--setup-after", setup_after_->text());
  add("--rounds", QString::number(rounds_->value()));
  add("--warmup", QString::number(warmup_->value()));
  if (seconds_->value() > 0) add("--duration", QString::number(seconds_->value()));
  if (stop_when_decided_->isChecked()) words.append(QStringLiteral("--stop-when-decided"));
  return words;
}

void ExperimentDialog::showCommand() {
  const bool is_new = !resume_->isChecked();
  for (QWidget* const widget : std::initializer_list<QWidget*>{before_, after_, setup_before_, setup_after_, rounds_,
                                                               warmup_, seconds_, stop_when_decided_})
    widget->setEnabled(is_new);
  command_->setText(shellWords(command()));
}

void ExperimentDialog::start() {
  if (isRunning()) return;
  QStringList words = command();
  if (!program_.isEmpty()) {
    words = program_ + words.mid(1);
  } else if (::geteuid() != 0) {
    // A process of root takes no signal from here.
    words =
        QStringList{QStringLiteral("pkexec"), QStringLiteral("sh"), QStringLiteral("-c"), stoppedByEndOfInput(words)};
  }
  said_.clear();
  words_->setText(tr("Recording…"));
  start_->setEnabled(false);
  stop_->setEnabled(true);
  progress_->setRange(0, 0);
  progress_->show();
  look_.start();
  const QString program = words.takeFirst();
  process_.start(program, words);
}

void ExperimentDialog::stop() {
  if (!isRunning()) return;
  stop_->setEnabled(false);
  words_->setText(tr("Stopping: the run that is under way is given up, the others are kept…"));
  process_.closeWriteChannel();
  process_.terminate();
}

// The manifest is written anew after every run.
void ExperimentDialog::showProgress() {
  const auto manifest = analyzer::read_manifest((folder_->text() + QStringLiteral("/manifest.json")).toStdString());
  if (!manifest) return;
  const int all = static_cast<int>(2 * (manifest->rounds + manifest->warmup));
  const int done = std::min(all, static_cast<int>(manifest->runs.size()));
  progress_->setRange(0, all);
  progress_->setValue(done);
  if (isRunning() && stop_->isEnabled()) words_->setText(tr("%1 of %2 runs done").arg(done).arg(all));
}

void ExperimentDialog::finish(int exit_code, QProcess::ExitStatus status) {
  look_.stop();
  showProgress();
  said_ += process_.readAllStandardError();
  const bool is_interrupted = status == QProcess::NormalExit && (exit_code == kInterrupted || exit_code == 128 + 15);
  // 0, a condition that holds, or not enough data: the experiment itself went through.
  const bool is_done = status == QProcess::NormalExit && (exit_code == 0 || exit_code == 1 || exit_code == 6);
  const QString said = QString::fromUtf8(said_).trimmed();
  if (is_done)
    words_->setText(tr("Done: %1").arg(folder_->text()));
  else if (is_interrupted)
    words_->setText(tr("Stopped. What was recorded is kept, and can be gone on with."));
  else
    words_->setText(
        tr("The experiment failed: %1").arg(said.isEmpty() ? process_.errorString() : shown(said.toStdString())));
  if (is_interrupted) resume_->setChecked(true);
  start_->setEnabled(true);
  stop_->setEnabled(false);
  if (is_done) Q_EMIT recorded(folder_->text());
  const bool closes = closes_at_end_;
  Q_EMIT ended();
  if (closes) QDialog::reject();
}

void ExperimentDialog::reject() {
  if (!isRunning()) {
    QDialog::reject();
    return;
  }
  closes_at_end_ = true;
  stop();
}

}  // namespace socklock::gui
