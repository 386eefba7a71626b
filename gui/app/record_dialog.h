// SPDX-License-Identifier: GPL-2.0-or-later
// Records from the desktop: shows the exact command, runs it here or on a host over ssh, and opens what it wrote.
// The trace comes over the command's standard output, so that the recording host stores nothing and a file of
// this user's needs no rights of root.
#pragma once

#include <QDialog>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QProcess>
#include <QSpinBox>

namespace socklock::gui {

class RecordDialog : public QDialog {
  Q_OBJECT
 public:
  explicit RecordDialog(QWidget* parent = nullptr);

  // Program and arguments as they will be started; the same, quoted for a shell.
  [[nodiscard]] QStringList command() const;
  [[nodiscard]] QString commandText() const;
  void start();
  void stop();

  [[nodiscard]] QLineEdit* host() const { return host_; }
  [[nodiscard]] QLineEdit* label() const { return label_; }
  [[nodiscard]] QLineEdit* file() const { return file_; }
  [[nodiscard]] QSpinBox* seconds() const { return seconds_; }
  [[nodiscard]] QString words() const { return words_->text(); }

 Q_SIGNALS:
  // Of a recording that ended well.
  void recorded(const QString& file);
  void failed(const QString& words);

 private:
  void showCommand();
  void takeOutput();
  void finish(int exit_code, QProcess::ExitStatus status);

  QLineEdit* host_;
  QSpinBox* seconds_;
  QLineEdit* label_;
  QLineEdit* file_;
  QLabel* command_;
  QLabel* words_;
  QPushButton* start_;
  QPushButton* stop_;
  QProcess process_;
  QFile out_;
  bool is_stopped_ = false;
};

}  // namespace socklock::gui
