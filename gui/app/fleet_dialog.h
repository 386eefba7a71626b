// SPDX-License-Identifier: GPL-2.0-or-later
// Which fleet, which of its hosts, and when: for a comparison of hosts, and for what hurts most.
#pragma once

#include <QCheckBox>
#include <QComboBox>
#include <QDialog>
#include <QLabel>
#include <QLineEdit>

#include "gui/jobs/fleet_job.h"

class QFormLayout;

namespace socklock::gui {

class FleetDialog : public QDialog {
  Q_OBJECT
 public:
  enum class Kind { kCompare, kTop };
  explicit FleetDialog(Kind kind, QWidget* parent = nullptr);

  [[nodiscard]] fleet::CompareWords compareWords() const;
  [[nodiscard]] FleetTopWords topWords() const;
  [[nodiscard]] QLineEdit* url() const { return url_; }
  [[nodiscard]] QLineEdit* credentials() const { return credentials_; }
  [[nodiscard]] QLineEdit* canary() const { return canary_; }
  [[nodiscard]] QLineEdit* control() const { return control_; }
  [[nodiscard]] QLineEdit* at() const { return at_; }
  [[nodiscard]] QLineEdit* window() const { return window_; }
  [[nodiscard]] QLineEdit* since() const { return since_; }
  [[nodiscard]] QString commandText() const { return command_->text(); }

 Q_SIGNALS:
  void asked();

 private:
  void addCompareRows(QFormLayout* form);
  void addTopRows(QFormLayout* form);
  QLineEdit* field(const char* key, const QString& placeholder);
  [[nodiscard]] fleet::StoreOptions store() const;
  void showCommand();
  void remember() const;

  Kind kind_;
  std::vector<std::pair<QString, QLineEdit*>> fields_;  // by the key that remembers them
  QLineEdit* url_;
  QLineEdit* credentials_;
  QLineEdit* ca_;
  QCheckBox* insecure_;
  QLineEdit* canary_ = nullptr;
  QLineEdit* control_ = nullptr;
  QLineEdit* at_ = nullptr;
  QLineEdit* window_ = nullptr;
  QLineEdit* settle_ = nullptr;
  QComboBox* unit_ = nullptr;
  QLineEdit* where_ = nullptr;
  QLineEdit* since_ = nullptr;
  QLabel* command_;
};

}  // namespace socklock::gui
