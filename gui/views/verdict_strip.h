// SPDX-License-Identifier: GPL-2.0-or-later
// What a comparison found, in sentences, with the load on both sides, and what gives reason to doubt it.
#pragma once

#include <QComboBox>
#include <QFrame>
#include <QLabel>

#include "gui/jobs/analysis.h"

namespace socklock::gui {

class VerdictStrip : public QFrame {
  Q_OBJECT
 public:
  explicit VerdictStrip(QWidget* parent = nullptr);
  void show(const FindingsPtr& findings);

  [[nodiscard]] QString verdictText() const { return verdict_->text(); }
  [[nodiscard]] QString sentenceText() const { return sentence_->text(); }
  [[nodiscard]] QString warningsText() const { return warnings_->text(); }
  [[nodiscard]] QComboBox* unit() const { return unit_; }

 Q_SIGNALS:
  void unitChosen(socklock::analyzer::WorkUnit unit);

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  void showComparison(const Findings& findings);
  void showExploration(const Findings& findings);
  void showWarnings(const Findings& findings);

  QLabel* verdict_;
  QLabel* sentence_;
  QLabel* sides_;
  QLabel* warnings_;
  QComboBox* unit_;
  QColor edge_;
};

}  // namespace socklock::gui
