// SPDX-License-Identifier: GPL-2.0-or-later
// What a comparison found, in sentences, with the load on both sides, and what gives reason to doubt it.
#pragma once

#include <QComboBox>
#include <QFrame>
#include <QLabel>
#include <QToolButton>
#include <optional>

#include "gui/jobs/analysis.h"

class QGridLayout;

namespace socklock::gui {

struct Theme;

class VerdictStrip : public QFrame {
  Q_OBJECT
 public:
  struct Sentence {
    QString title;
    QString words;
  };
  explicit VerdictStrip(QWidget* parent = nullptr);
  void show(const FindingsPtr& findings);
  // Of what is no comparison of runs: nothing is said of sides and units.
  void say(analyzer::Verdict verdict, const std::vector<Sentence>& sentences, const QStringList& reasons);

  [[nodiscard]] QString verdictText() const { return verdict_->text(); }
  // All sentences, a line each.
  [[nodiscard]] QString sentenceText() const;
  // All reasons to doubt, the gravest first, a line each; also those that are folded away.
  [[nodiscard]] QString warningsText() const { return reasons_.join(QLatin1Char('\n')); }
  [[nodiscard]] QComboBox* unit() const { return unit_; }
  // Leaves the verdict, its first sentence and the number of doubts.
  void setFolded(bool folded);
  // Where there is little room for it, it is folded until somebody chooses.
  void setShort(bool is_short);
  [[nodiscard]] bool isFolded() const { return chosen_fold_.value_or(is_short_); }
  [[nodiscard]] std::optional<bool> chosenFold() const { return chosen_fold_; }

 Q_SIGNALS:
  void unitChosen(socklock::analyzer::WorkUnit unit);

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  void makeUnits();
  static std::vector<Sentence> comparisonSentences(const Findings& findings);
  static std::vector<Sentence> explorationSentences(const Findings& findings);
  void showHeadline(const Findings& findings);
  void showSentences(const std::vector<Sentence>& sentences);
  void showSides(const Findings& findings);
  void showWarnings();
  void layOutParts();
  void fold();

  QLabel* verdict_;
  QWidget* sentences_;
  QGridLayout* sentence_rows_;
  QWidget* sides_;
  QGridLayout* side_rows_;
  QWidget* left_ = nullptr;   // verdict and sentences
  QWidget* right_ = nullptr;  // sides and warnings
  QLabel* warnings_;
  QToolButton* more_;
  QToolButton* fold_;
  QComboBox* unit_;
  QColor edge_;
  QStringList reasons_;
  std::optional<bool> chosen_fold_;
  bool is_short_ = false;
  bool are_all_reasons_shown_ = false;
};

}  // namespace socklock::gui
