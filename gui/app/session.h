// SPDX-License-Identifier: GPL-2.0-or-later
// What the window is about: the question asked, the answer shown, and the way back to older questions.
#pragma once

#include <QObject>
#include <QTimer>
#include <QUndoStack>

#include "gui/jobs/analysis.h"
#include "gui/jobs/background.h"

namespace socklock::gui {

class Session : public QObject {
  Q_OBJECT
 public:
  explicit Session(analyzer::Taxonomy taxonomy, QObject* parent = nullptr);

  // Other runs: forgets filters and the way back.
  void open(std::vector<std::string> before, std::vector<std::string> after);
  void ask(const Question& question);  // without a way back
  // A step that can be undone; `what` names it for people.
  void change(const Question& question, const QString& what);
  void setFilter(const analyzer::Filter& filter, const QString& what);
  // Of what is asked from now on, and of what is shown.
  void setDefaults(double confidence, double threshold);
  void cancel();

  // What is asked, answered or not.
  [[nodiscard]] const Question& question() const { return question_; }
  [[nodiscard]] const FindingsPtr& findings() const { return findings_; }
  [[nodiscard]] const analyzer::Taxonomy& taxonomy() const { return taxonomy_; }
  [[nodiscard]] QUndoStack* undoStack() { return &undo_; }
  [[nodiscard]] bool isBusy() const { return background_.isBusy(); }
  // What failed() was about; what is asked is then what is on the screen again.
  [[nodiscard]] const Question& failedQuestion() const { return failed_; }

 Q_SIGNALS:
  void questionChanged();
  void findingsChanged(const socklock::gui::FindingsPtr& findings);
  void busyChanged(bool busy);
  void progressed(double share);
  void failed(const socklock::Error& error);
  void cancelled();

 private:
  analyzer::Taxonomy taxonomy_;
  std::shared_ptr<RunCache> cache_ = std::make_shared<RunCache>();
  void goBack();

  Question question_;
  Question failed_;
  FindingsPtr findings_;
  Background background_;
  QUndoStack undo_;
  QTimer progress_timer_;
};

}  // namespace socklock::gui
