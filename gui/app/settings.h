// SPDX-License-Identifier: GPL-2.0-or-later
// What somebody chose once and for all: remembered between windows.
#pragma once

#include <QDialog>
#include <QString>

class QComboBox;
class QDoubleSpinBox;

namespace socklock::gui {

struct Settings {
  double confidence = 0.95;                  // of intervals and verdicts
  double threshold = 0.05;                   // changes smaller than this don't matter
  QString theme = QStringLiteral("system");  // or light, or dark

  bool operator==(const Settings&) const = default;
};

Settings loadSettings();
void saveSettings(const Settings& settings);
// Colours of the whole program; "system" leaves them as they are.
void applyTheme(const QString& theme);

class SettingsDialog : public QDialog {
  Q_OBJECT
 public:
  explicit SettingsDialog(const Settings& settings, QWidget* parent = nullptr);
  [[nodiscard]] Settings settings() const;

  [[nodiscard]] QDoubleSpinBox* threshold() const { return threshold_; }
  [[nodiscard]] QDoubleSpinBox* confidence() const { return confidence_; }

 Q_SIGNALS:
  void chosen(const socklock::gui::Settings& settings);

 private:
  QDoubleSpinBox* confidence_;
  QDoubleSpinBox* threshold_;
  QComboBox* theme_;
};

}  // namespace socklock::gui
