// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/app/settings.h"

#include <QApplication>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QSettings>
#include <algorithm>

#include "gui/views/theme.h"

namespace socklock::gui {
namespace {

// Those of the command line.
constexpr double kLeastConfidence = 50, kMostConfidence = 99.9, kMostThreshold = 90;

QDoubleSpinBox* percentBox(double share, double least, double most, QWidget* parent) {
  auto* const box = new QDoubleSpinBox(parent);
  box->setRange(least, most);
  box->setDecimals(1);
  box->setSuffix(QStringLiteral("%"));
  box->setValue(100 * share);
  return box;
}

double share(const QSettings& settings, const char* key, double otherwise, double least, double most) {
  bool is_number = false;
  const double value = settings.value(QLatin1String(key), otherwise).toDouble(&is_number);
  return is_number ? std::clamp(value, least / 100, most / 100) : otherwise;
}

}  // namespace

Settings loadSettings() {
  const QSettings stored;
  Settings settings;
  settings.confidence = share(stored, "settings/confidence", settings.confidence, kLeastConfidence, kMostConfidence);
  settings.threshold = share(stored, "settings/threshold", settings.threshold, 0, kMostThreshold);
  const QString theme = stored.value(QStringLiteral("settings/theme")).toString();
  if (theme == QStringLiteral("light") || theme == QStringLiteral("dark")) settings.theme = theme;
  return settings;
}

void saveSettings(const Settings& settings) {
  QSettings stored;
  stored.setValue(QStringLiteral("settings/confidence"), settings.confidence);
  stored.setValue(QStringLiteral("settings/threshold"), settings.threshold);
  stored.setValue(QStringLiteral("settings/theme"), settings.theme);
}

void applyTheme(const QString& theme) {
  if (theme == QStringLiteral("system")) {
    QApplication::setPalette(QPalette());  // back to the system's
    return;
  }
  QApplication::setStyle(QStringLiteral("Fusion"));
  QApplication::setPalette(paletteFor(theme == QStringLiteral("dark")));
}

SettingsDialog::SettingsDialog(const Settings& settings, QWidget* parent)
    : QDialog(parent),
      confidence_(percentBox(settings.confidence, kLeastConfidence, kMostConfidence, this)),
      threshold_(percentBox(settings.threshold, 0, kMostThreshold, this)),
      theme_(new QComboBox(this)) {
  setWindowTitle(tr("Settings"));
  setAttribute(Qt::WA_DeleteOnClose);
  confidence_->setToolTip(tr("Of intervals and verdicts"));
  threshold_->setToolTip(tr("Changes smaller than this don't matter: they are no verdict but \"unchanged\""));
  for (const auto& [id, title] :
       {std::pair{"system", tr("as the system has it")}, {"light", tr("light")}, {"dark", tr("dark")}})
    theme_->addItem(title, QLatin1String(id));
  theme_->setCurrentIndex(std::max(0, theme_->findData(settings.theme)));
  auto* const buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
  auto* const form = new QFormLayout(this);
  form->addRow(tr("&Confidence"), confidence_);
  form->addRow(tr("Changes that &matter, from"), threshold_);
  form->addRow(tr("Colours"), theme_);
  form->addRow(buttons);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(buttons, &QDialogButtonBox::accepted, this, [this] {
    Q_EMIT chosen(this->settings());
    accept();
  });
}

Settings SettingsDialog::settings() const {
  return {confidence_->value() / 100, threshold_->value() / 100, theme_->currentData().toString()};
}

}  // namespace socklock::gui
