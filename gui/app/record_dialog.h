// SPDX-License-Identifier: GPL-2.0-or-later
// Records from the desktop: shows the command, runs it here or on a host over ssh, and opens what it wrote.
// The trace comes over the command's standard output, so that the recording host stores nothing and a file of
// this user's needs no rights of root.
#pragma once

#include <QCheckBox>
#include <QDialog>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>

#include "gui/jobs/recording.h"

namespace socklock::gui {

class RecordDialog : public QDialog {
  Q_OBJECT
 public:
  static constexpr int kLargestPid = 4'194'304;  // PID_MAX_LIMIT, include/linux/threads.h
  explicit RecordDialog(QWidget* parent = nullptr);

  // The recorder's words on the machine where it runs, and what runs them there; empty: as they are.
  [[nodiscard]] QStringList command() const;
  [[nodiscard]] QStringList runner() const;
  // What to type into a shell for the same recording.
  [[nodiscard]] QString commandText() const;
  // Asks before a file is replaced.
  void start();
  void startReplacing();
  // Keeps what was recorded; ended() tells when.
  void stop();
  [[nodiscard]] bool isRecording() const { return recording_.isRunning(); }

  [[nodiscard]] QLineEdit* host() const { return host_; }
  [[nodiscard]] QLineEdit* label() const { return label_; }
  [[nodiscard]] QLineEdit* file() const { return file_; }
  [[nodiscard]] QSpinBox* seconds() const { return seconds_; }
  [[nodiscard]] QLineEdit* program() const { return program_; }
  [[nodiscard]] QSpinBox* process() const { return process_; }
  [[nodiscard]] QCheckBox* holders() const { return holders_; }
  [[nodiscard]] QString words() const { return words_->text(); }

  // While it records, closing it means to stop, and it closes when the trace is complete.
  void reject() override;

 Q_SIGNALS:
  // Of a recording that ended well.
  void recorded(const QString& file);
  void failed(const QString& words);
  // Either way, afterwards.
  void ended();

 protected:
  void closeEvent(QCloseEvent* event) override;

 private:
  void makeForm();
  void connectRecording();
  void showCommand();
  void begin(bool may_replace);
  void end(const QString& words);
  void renewName();

  QLineEdit* host_;
  QSpinBox* seconds_;
  QLineEdit* label_;
  QLineEdit* file_;
  QLineEdit* program_;
  QSpinBox* process_;
  QCheckBox* holders_;
  QLabel* command_;
  QLabel* words_;
  QPushButton* start_ = nullptr;
  QPushButton* stop_ = nullptr;
  Recording recording_;
  QString offered_name_;
  bool closes_at_end_ = false;
};

}  // namespace socklock::gui
