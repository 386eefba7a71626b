// SPDX-License-Identifier: GPL-2.0-or-later
// What the window knows of its pages. Which there are is told by gui/app/pages.h.
#pragma once

#include <QJsonObject>
#include <QLineEdit>
#include <QWidget>
#include <functional>

#include "analyzer/measure/conditions.h"
#include "gui/jobs/analysis.h"

namespace socklock::gui {

// What a click asks for: a step from the question that is asked now.
struct QuestionStep {
  QString what;  // for people, in the undo menu
  std::function<void(Question&)> apply;
};

class Page : public QWidget {
  Q_OBJECT
 public:
  using QWidget::QWidget;
  virtual void showFindings(const FindingsPtr& findings) = 0;
  // Where to type what is looked for on this page; null: it has no search.
  [[nodiscard]] virtual QLineEdit* search() const { return nullptr; }
  // Of the page that says what changes would leave: ask about this lock class.
  virtual void chooseClass(const QString& /*lock_class*/) {}
  // What of the page a session keeps beside the question, and its way back: where it is zoomed to, say.
  [[nodiscard]] virtual QJsonObject state() const { return {}; }
  virtual void setState(const QJsonObject& /*state*/) {}
  // Nothing is under way that will change what is shown.
  [[nodiscard]] virtual bool isSettled() const { return true; }

 Q_SIGNALS:
  void asked(const socklock::gui::QuestionStep& step);
  void whatIfAsked(const QString& lock_class);
  // Show what happened then, in this trace.
  void momentAsked(const QString& trace, quint64 begin_ns, quint64 end_ns);

 protected:
  // Asks that every page shows only what meets these conditions, too.
  void narrow(const analyzer::Filter& more, const QString& what) {
    Q_EMIT asked({what, [more](Question& question) { question.filter = analyzer::both(question.filter, more); }});
  }
  // The opposite: what meets this one condition is left out.
  void leaveOut(const analyzer::Filter& one, const QString& what) {
    const analyzer::Filter without = analyzer::left_out(one);
    if (!without.is_empty()) narrow(without, tr("leave out %1").arg(what));
  }
};

}  // namespace socklock::gui
