// SPDX-License-Identifier: GPL-2.0-or-later
// `socklock ab` from the window: both sides' commands, how often, and how far it is; what it recorded opens as a
// comparison. The command is shown, and is the same in a shell.
#pragma once

#include <QCheckBox>
#include <QDialog>
#include <QLabel>
#include <QLineEdit>
#include <QProcess>
#include <QProgressBar>
#include <QPushButton>
#include <QSpinBox>
#include <QTimer>

namespace socklock::gui {

class ExperimentDialog : public QDialog {
  Q_OBJECT
 public:
  explicit ExperimentDialog(QWidget* parent = nullptr);

  [[nodiscard]] QStringList command() const;
  void start();
  // Ends the run that is under way; what was recorded is kept, and --resume goes on.
  void stop();
  [[nodiscard]] bool isRunning() const { return process_.state() != QProcess::NotRunning; }

  [[nodiscard]] QLineEdit* folder() const { return folder_; }
  [[nodiscard]] QLineEdit* before() const { return before_; }
  [[nodiscard]] QLineEdit* after() const { return after_; }
  [[nodiscard]] QSpinBox* rounds() const { return rounds_; }
  [[nodiscard]] QCheckBox* resume() const { return resume_; }
  [[nodiscard]] QString words() const { return words_->text(); }
  // Whether the program has written to its standard error.
  [[nodiscard]] bool hasSaid() const { return !said_.isEmpty(); }
  // What runs it instead of `socklock` by pkexec; for tests.
  void setProgram(const QStringList& program) { program_ = program; }

  void reject() override;

 Q_SIGNALS:
  // There is something to compare in the folder.
  void recorded(const QString& folder);
  void ended();

 private:
  void makeForm();
  void showCommand();
  void showProgress();
  void finish(int exit_code, QProcess::ExitStatus status);

  QLineEdit* folder_;
  QLineEdit* before_;
  QLineEdit* after_;
  QLineEdit* setup_before_;
  QLineEdit* setup_after_;
  QSpinBox* rounds_;
  QSpinBox* warmup_;
  QSpinBox* seconds_;
  QCheckBox* stop_when_decided_;
  QCheckBox* resume_;
  QLabel* command_;
  QLabel* words_;
  QProgressBar* progress_;
  QPushButton* start_ = nullptr;
  QPushButton* stop_ = nullptr;
  QProcess process_;
  QStringList program_;
  QByteArray said_;
  QTimer look_;  // at how far it is
  bool closes_at_end_ = false;
};

}  // namespace socklock::gui
