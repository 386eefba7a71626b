// SPDX-License-Identifier: GPL-2.0-or-later
// Where to look at what is waited for now: this machine, another by ssh, or a trace that somebody is recording.
#pragma once

#include <QDialog>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>

#include "gui/jobs/live_feed.h"

namespace socklock::gui {

class LiveDialog : public QDialog {
  Q_OBJECT
 public:
  explicit LiveDialog(QWidget* parent = nullptr);

  [[nodiscard]] LiveSource source() const;
  [[nodiscard]] QLineEdit* host() const { return host_; }
  [[nodiscard]] QLineEdit* path() const { return path_; }
  [[nodiscard]] QSpinBox* process() const { return process_; }
  [[nodiscard]] QString commandText() const { return command_->text(); }

 Q_SIGNALS:
  void chosen(const socklock::gui::LiveSource& source);

 private:
  void showCommand();
  void browse();

  QLineEdit* host_;
  QSpinBox* process_;
  QLineEdit* path_;
  QLabel* command_;
};

}  // namespace socklock::gui
