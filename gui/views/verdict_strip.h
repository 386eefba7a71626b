// SPDX-License-Identifier: GPL-2.0-or-later
// What a comparison found, in sentences, with the load on both sides, and what gives reason to doubt it.
#pragma once

#include <QComboBox>
#include <QFrame>
#include <QLabel>
#include <QToolButton>

#include "gui/jobs/analysis.h"

class QGridLayout;

namespace socklock::gui {

struct Theme;

class VerdictStrip : public QFrame {
  Q_OBJECT
 public:
  explicit VerdictStrip(QWidget* parent = nullptr);
  void show(const FindingsPtr& findings);

  [[nodiscard]] QString verdictText() const { return verdict_->text(); }
  // All sentences, a line each.
  [[nodiscard]] QString sentenceText() const;
  // All reasons to doubt, the gravest first, a line each; also those that are folded away.
  [[nodiscard]] QString warningsText() const { return reasons_.join(QLatin1Char('\n')); }
  [[nodiscard]] QComboBox* unit() const { return unit_; }
  // Leaves the verdict, its first sentence and the number of doubts.
  void setFolded(bool folded);
  [[nodiscard]] bool isFolded() const { return is_folded_; }

 Q_SIGNALS:
  void unitChosen(socklock::analyzer::WorkUnit unit);

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  struct Sentence {
    QString title;
    QString words;
  };
  void makeUnits();
  [[nodiscard]] std::vector<Sentence> comparisonSentences(const Findings& findings) const;
  [[nodiscard]] std::vector<Sentence> explorationSentences(const Findings& findings) const;
  void showHeadline(const Findings& findings);
  void showSentences(const std::vector<Sentence>& sentences);
  void showSides(const Findings& findings);
  void showWarnings();
  void layOutParts();

  QLabel* verdict_;
  QWidget* sentences_;
  QGridLayout* sentence_rows_;
  QWidget* sides_;
  QGridLayout* side_rows_;
  QLabel* warnings_;
  QToolButton* more_;
  QToolButton* fold_;
  QComboBox* unit_;
  QColor edge_;
  QStringList reasons_;
  bool is_folded_ = false;
  bool are_all_reasons_shown_ = false;
};

}  // namespace socklock::gui
