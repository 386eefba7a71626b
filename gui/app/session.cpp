// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/app/session.h"

#include <QUndoCommand>

namespace socklock::gui {
namespace {

constexpr int kProgressMs = 50;

class QuestionCommand : public QUndoCommand {
 public:
  QuestionCommand(Session& session, Question from, Question to, const QString& what)
      : QUndoCommand(what), session_(session), from_(std::move(from)), to_(std::move(to)) {}
  void undo() override {
    if (!isObsolete()) session_.ask(from_);
  }
  void redo() override { session_.ask(to_); }
  [[nodiscard]] bool leadsTo(const Question& question) const { return to_ == question; }

 private:
  Session& session_;
  Question from_, to_;
};

}  // namespace

Session::Session(analyzer::Taxonomy taxonomy, QObject* parent) : QObject(parent), taxonomy_(std::move(taxonomy)) {
  connect(&background_, &Background::busyChanged, this, [this](bool busy) {
    busy ? progress_timer_.start(kProgressMs) : progress_timer_.stop();
    Q_EMIT busyChanged(busy);
  });
  connect(&progress_timer_, &QTimer::timeout, this, [this] { Q_EMIT progressed(background_.share()); });
}

void Session::open(std::vector<std::string> before, std::vector<std::string> after) {
  undo_.clear();
  Question question;
  question.confidence = question_.confidence;
  question.threshold = question_.threshold;
  question.before = std::move(before);
  question.after = std::move(after);
  ask(question);
}

void Session::ask(const Question& question) {
  question_ = question;
  Q_EMIT questionChanged();
  background_.start(
      [question, taxonomy = taxonomy_, cache = cache_](Watch& watch) {
        return answer(question, taxonomy, *cache, [&watch](double share) {
          watch.setShare(share);
          return !watch.isStopped();
        });
      },
      [this](Result<FindingsPtr> result) {
        if (!result) {
          goBack();
          Q_EMIT failed(result.error());
          return;
        }
        findings_ = *result;
        Q_EMIT findingsChanged(findings_);
      });
}

void Session::change(const Question& question, const QString& what) {
  if (question == question_) return;
  undo_.push(new QuestionCommand(*this, question_, question, what));
}

void Session::setFilter(const analyzer::Filter& filter, const QString& what) {
  Question question = question_;
  question.filter = filter;
  change(question, what);
}

// A step that leads nowhere is none to go back from: what is on the screen stays, and the steps before it.
void Session::goBack() {
  failed_ = question_;
  question_ = findings_ ? findings_->question : Question{};
  if (!findings_) {
    question_.confidence = failed_.confidence;
    question_.threshold = failed_.threshold;
  }
  const int last = undo_.index() - 1;
  if (last >= 0 && static_cast<const QuestionCommand*>(undo_.command(last))->leadsTo(failed_)) {
    const_cast<QUndoCommand*>(undo_.command(last))->setObsolete(true);
    undo_.undo();
  }
  Q_EMIT questionChanged();
}

void Session::setDefaults(double confidence, double threshold) {
  question_.confidence = confidence;
  question_.threshold = threshold;
  if (question_.before.empty()) return;
  const Question asked = question_;
  ask(asked);
}

void Session::cancel() {
  if (!background_.isBusy()) return;
  background_.cancel();
  goBack();
  Q_EMIT cancelled();
}

}  // namespace socklock::gui
