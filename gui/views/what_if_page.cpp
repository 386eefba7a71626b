// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/what_if_page.h"

#include <QHBoxLayout>
#include <QScrollArea>
#include <QVBoxLayout>

#include "analyzer/document/what_if.h"
#include "gui/models/text.h"
#include "gui/views/message_bar.h"
#include "gui/views/what_if_view.h"

namespace socklock::gui {
namespace {

constexpr int kMostNumber = 64;

// A sentence a line, as the command line prints them.
QString wordsOf(const analyzer::WhatIf& estimate) {
  QStringList lines{
      QStringLiteral("%1 %2").arg(shown(analyzer::question_of(estimate)), QLatin1String(analyzer::kNoMeasurement))};
  lines.append(QObject::tr("Estimated left of all wait: %1").arg(shown(analyzer::left_text(estimate.left))));
  lines.append(QObject::tr("Speed: %1").arg(shown(analyzer::speed_text(estimate))));
  for (const analyzer::ModelFacts& model : estimate.models)
    lines.append(QObject::tr("Model: %1").arg(shown(analyzer::model_text(model))));
  for (const std::string& assumption : analyzer::assumptions_of(estimate))
    lines.append(QObject::tr("Assumed: %1").arg(shown(assumption)));
  for (const std::string& unknown : analyzer::cannot_know(estimate))
    lines.append(QObject::tr("Can't know: %1").arg(shown(unknown)));
  if (const std::string sure = analyzer::to_be_sure(estimate); !sure.empty())
    lines.append(QObject::tr("To be sure: %1").arg(shown(sure)));
  return lines.join(QLatin1Char('\n'));
}

}  // namespace

WhatIfPage::WhatIfPage(QWidget* parent)
    : Page(parent),
      classes_(new QComboBox(this)),
      kinds_(new QComboBox(this)),
      number_(new QSpinBox(this)),
      path_row_(new QWidget(this)),
      message_(new MessageBar(this)),
      view_(new WhatIfView(this)),
      words_(new QLabel(this)),
      scroll_(new QScrollArea(this)) {
  words_->setWordWrap(true);
  words_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  words_->setAlignment(Qt::AlignTop | Qt::AlignLeft);
  message_->hide();
  auto* const path_layout = new QHBoxLayout(path_row_);
  path_layout->setContentsMargins(0, 0, 0, 0);
  scroll_->setWidgetResizable(true);
  scroll_->setFrameShape(QFrame::NoFrame);
  scroll_->setWidget(words_);
  auto* const layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 4, 0, 0);
  layout->addLayout(makeControls());
  layout->addWidget(message_);
  layout->addWidget(view_, 3);
  layout->addWidget(scroll_, 2);
  layout->addStretch();  // where nothing is estimated
}

QLayout* WhatIfPage::makeControls() {
  kinds_->addItem(tr("split into"), static_cast<int>(WhatIfKind::kSplit));
  kinds_->addItem(tr("one for each thread"), static_cast<int>(WhatIfKind::kEachThread));
  kinds_->addItem(tr("held for a time divided by"), static_cast<int>(WhatIfKind::kShorter));
  kinds_->addItem(tr("no longer taken by"), static_cast<int>(WhatIfKind::kAvoid));
  kinds_->setAccessibleName(tr("What would be done to the lock"));
  classes_->setAccessibleName(tr("Lock class"));
  number_->setRange(1, kMostNumber);
  number_->setValue(2);
  number_->setAccessibleName(tr("How many locks, or by what holds are divided"));
  auto* const label = new QLabel(tr("&What if this lock were:"), this);
  label->setBuddy(classes_);
  auto* const bar = new QHBoxLayout;
  for (QWidget* const widget : std::initializer_list<QWidget*>{label, classes_, kinds_, number_, path_row_})
    bar->addWidget(widget);
  bar->addStretch();
  connect(classes_, &QComboBox::currentIndexChanged, this, [this] {
    listPaths();
    ask();
  });
  connect(kinds_, &QComboBox::currentIndexChanged, this, &WhatIfPage::ask);
  connect(number_, &QSpinBox::valueChanged, this, &WhatIfPage::ask);
  return bar;
}

QString WhatIfPage::refusal() const { return message_->isHidden() ? QString() : message_->text(); }

WhatIfChoice WhatIfPage::choice() const {
  WhatIfChoice choice;
  choice.lock_class = classes_->currentData().toString().toStdString();
  choice.kind = static_cast<WhatIfKind>(kinds_->currentData().toInt());
  choice.number = number_->value();
  for (const QCheckBox* const box : paths_)
    if (box->isChecked()) choice.avoided.push_back(static_cast<analyzer::CallPath>(box->property("path").toInt()));
  return choice;
}

void WhatIfPage::listPaths() {
  qDeleteAll(paths_);
  paths_.clear();
  if (!findings_) return;
  const std::string lock_class = classes_->currentData().toString().toStdString();
  for (const analyzer::CallPath path : whatIfPaths(*findings_, lock_class)) {
    auto* const box = new QCheckBox(shown(std::string(name_of(path))), path_row_);
    box->setProperty("path", static_cast<int>(path));
    box->setChecked(paths_.empty());
    path_row_->layout()->addWidget(box);
    connect(box, &QCheckBox::toggled, this, &WhatIfPage::ask);
    paths_.push_back(box);
  }
}

void WhatIfPage::showFindings(const FindingsPtr& findings) {
  if (!findings_ || findings_->runs != findings->runs) known_.clear();
  findings_ = findings;
  const QString was = classes_->currentData().toString();
  {
    const QSignalBlocker blocker(classes_);
    classes_->clear();
    for (const std::string& name : whatIfClasses(*findings))
      classes_->addItem(shown(name), QString::fromStdString(name));
    if (const int index = classes_->findData(was); index >= 0) classes_->setCurrentIndex(index);
  }
  listPaths();
  ask();
}

void WhatIfPage::chooseClass(const QString& lock_class) {
  // One with less than a hundredth of the wait may be asked about, too.
  if (classes_->findData(lock_class) < 0) classes_->addItem(lock_class, lock_class);
  classes_->setCurrentIndex(classes_->findData(lock_class));
}

void WhatIfPage::showEvent(QShowEvent* event) {
  Page::showEvent(event);
  if (needs_estimate_) estimate();
}

void WhatIfPage::ask() {
  const auto kind = static_cast<WhatIfKind>(kinds_->currentData().toInt());
  number_->setVisible(kind == WhatIfKind::kSplit || kind == WhatIfKind::kShorter);
  path_row_->setVisible(kind == WhatIfKind::kAvoid);
  needs_estimate_ = true;
  if (isVisible()) estimate();
}

void WhatIfPage::estimate() {
  needs_estimate_ = false;
  if (!findings_ || classes_->count() == 0) return showAnswer({});
  WhatIfRequest request{findings_->runs, findings_->taxonomy, findings_->comparison.unit, choice(), known_};
  worker_.start([request = std::move(request)](const Watch& watch) { return estimateFor(request, watch); },
                [this](WhatIfResult result) {
                  known_ = std::move(result.known);
                  showAnswer(result.answer);
                });
}

void WhatIfPage::showAnswer(const WhatIfAnswer& answer) {
  answer_ = answer;
  const analyzer::WhatIf& estimate = answer_.estimate;
  const bool is_refused = estimate.is_refused() || !answer_.error.empty();
  if (is_refused) {
    QStringList reasons;
    for (const analyzer::RefusedClass& refused : estimate.refused) reasons.append(shown(refusal_text(refused)));
    message_->say(tr("Refused: nothing is estimated. %1")
                      .arg(answer_.error.empty() ? reasons.join(QLatin1Char(' ')) : shown(answer_.error)),
                  {});
  }
  message_->setVisible(is_refused);
  const bool is_estimated = !is_refused && estimate.runs > 0;
  view_->setVisible(is_estimated);
  scroll_->setVisible(is_estimated);
  view_->show(answer_);
  words_->setText(is_estimated ? wordsOf(estimate) : QString());
}

}  // namespace socklock::gui
