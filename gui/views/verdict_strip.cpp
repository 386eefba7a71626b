// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/verdict_strip.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QPainter>
#include <QVBoxLayout>
#include <algorithm>

#include "analyzer/document/info.h"
#include "analyzer/document/words.h"
#include "analyzer/label/labelled_run.h"
#include "gui/models/text.h"
#include "gui/views/heading.h"
#include "gui/views/theme.h"

namespace socklock::gui {
namespace {

using analyzer::Comparison;
using analyzer::SideSummary;
using analyzer::Warning;
using analyzer::WarningKind;

// More reasons to doubt are unfolded by a click.
constexpr int kShownReasons = 3;
// Characters of a command; all of it is in the tooltip.
constexpr int kShownCommand = 120;

QLabel* coloured(const QString& text, const QColor& colour, QWidget* parent) {
  auto* const label = new QLabel(text, parent);
  QPalette palette = label->palette();
  palette.setColor(QPalette::WindowText, colour);
  label->setPalette(palette);
  return label;
}

void clear(QGridLayout* rows) {
  while (QLayoutItem* const item = rows->takeAt(0)) {
    delete item->widget();
    delete item;
  }
}

QString cpuSentence(const Comparison& comparison) {
  if (!comparison.cpu) return {};
  const auto& cpu = *comparison.cpu;
  const QString ratio = cpu.ratio ? number(*cpu.ratio) + QStringLiteral("×") : QStringLiteral("–");
  const QString interval = cpu.low ? QStringLiteral(" (%1)").arg(shown(analyzer::interval_text(cpu))) : QString();
  return VerdictStrip::tr("%1 of host CPU time before, %2 after: %3%4, %5")
      .arg(ns(comparison.before.cpu_ns_per_unit), ns(comparison.after.cpu_ns_per_unit), ratio, interval,
           verdictText(comparison, comparison.cpu_verdict));
}

QString workloadOf(const SideSummary& side, const std::vector<analyzer::LabelledRun>& runs) {
  QStringList words;
  for (const std::string& word : side.workload) words.append(shown(word));
  if (!words.isEmpty()) return words.join(QLatin1Char(' '));
  const std::string origin = runs.empty() ? std::string() : runs.front().run.facts.origin;
  return origin.empty() ? VerdictStrip::tr("a live host") : VerdictStrip::tr("imported from %1").arg(shown(origin));
}

// Smaller is graver: what makes figures wrong, then what makes them incomparable, then what only has to be known.
int gravityOf(WarningKind kind) {
  switch (kind) {
    case WarningKind::kOnlyPart: return 0;  // what the figures are of
    case WarningKind::kDamaged:
    case WarningKind::kNotClosed:
    case WarningKind::kLost:
    case WarningKind::kSameRun:
    case WarningKind::kWorkloadFailed: return 1;
    case WarningKind::kSpinlockModes:
    case WarningKind::kSpinlocksUnseen:
    case WarningKind::kUnits:
    case WarningKind::kFilters:
    case WarningKind::kOwnerWaits:
    case WarningKind::kGoneUnseen: return 2;
    default: return 3;
  }
}

QStringList reasonsToDoubt(const Findings& findings) {
  std::vector<Warning> warnings = findings.comparison.warnings;
  std::stable_sort(warnings.begin(), warnings.end(),
                   [](const Warning& a, const Warning& b) { return gravityOf(a.kind) < gravityOf(b.kind); });
  QStringList reasons;
  if (findings.isComparison() && findings.comparison.within_run_only)
    reasons.append(VerdictStrip::tr("Too few runs for a verdict: how runs of one side vary is not known."));
  for (const Warning& warning : warnings) reasons.append(shown(analyzer::message(warning)));
  if (!findings.isComparison())
    for (const auto& run : findings.runs->before) {
      for (const std::string& line : analyzer::losses_lines(run.run)) reasons.append(shown(line));
      for (const auto& note : run.run.facts.notes) reasons.append(shown(note));
    }
  reasons.removeDuplicates();
  return reasons;
}

}  // namespace

VerdictStrip::VerdictStrip(QWidget* parent)
    : QFrame(parent),
      verdict_(new QLabel(this)),
      sentences_(new QWidget(this)),
      sentence_rows_(new QGridLayout(sentences_)),
      sides_(new QWidget(this)),
      side_rows_(new QGridLayout(sides_)),
      warnings_(new QLabel(this)),
      more_(new QToolButton(this)),
      fold_(new QToolButton(this)),
      unit_(new QComboBox(this)) {
  setAccessibleName(tr("Verdict"));
  QFont large = verdict_->font();
  large.setPointSizeF(large.pointSizeF() * 1.9);
  large.setBold(true);
  verdict_->setFont(large);
  warnings_->setWordWrap(true);
  warnings_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  sentence_rows_->setContentsMargins(0, 0, 0, 0);
  sentence_rows_->setVerticalSpacing(3);
  sentence_rows_->setColumnStretch(1, 1);
  side_rows_->setContentsMargins(0, 0, 0, 0);
  side_rows_->setHorizontalSpacing(14);
  side_rows_->setVerticalSpacing(1);
  fold_->setAutoRaise(true);
  more_->setAutoRaise(true);
  makeUnits();
  connect(fold_, &QToolButton::clicked, this, [this] { setFolded(!isFolded()); });
  connect(more_, &QToolButton::clicked, this, [this] {
    are_all_reasons_shown_ = !are_all_reasons_shown_;
    showWarnings();
  });
  layOutParts();
  fold();
}

void VerdictStrip::makeUnits() {
  for (const auto unit : {analyzer::WorkUnit::kConnections, analyzer::WorkUnit::kOperations, analyzer::WorkUnit::kBinds,
                          analyzer::WorkUnit::kRequests, analyzer::WorkUnit::kPackets, analyzer::WorkUnit::kSeconds,
                          analyzer::WorkUnit::kRuns})
    unit_->addItem(tr("per %1").arg(unitName(unit)), static_cast<int>(unit));
  unit_->setAccessibleName(tr("Unit of work"));
  unit_->setToolTip(tr("Unit of work: what waits are divided by, so that sides of different length and load compare"));
  connect(unit_, &QComboBox::activated, this,
          [this](int index) { Q_EMIT unitChosen(static_cast<analyzer::WorkUnit>(unit_->itemData(index).toInt())); });
}

void VerdictStrip::layOutParts() {
  auto* const head = new QHBoxLayout;
  head->addWidget(verdict_);
  head->addSpacing(10);
  head->addWidget(unit_, 0, Qt::AlignVCenter);
  head->addWidget(fold_, 0, Qt::AlignVCenter);
  head->addStretch();
  left_ = new QWidget(this);
  auto* const left = new QVBoxLayout(left_);
  left->setContentsMargins(0, 0, 0, 0);
  left->setSpacing(2);
  left->addLayout(head);
  left->addWidget(sentences_);
  left->addStretch();
  right_ = new QWidget(this);
  auto* const right = new QVBoxLayout(right_);
  right->setContentsMargins(0, 0, 0, 0);
  right->setSpacing(4);
  right->addWidget(sides_);
  right->addWidget(warnings_);
  right->addWidget(more_);
  right->addStretch();
  auto* const layout = new QHBoxLayout(this);
  layout->setContentsMargins(18, 8, 12, 8);
  layout->setSpacing(24);
  // By their shares alone: by what their sentences would like, one would be narrow and high.
  for (QWidget* const part : {left_, right_}) part->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  layout->addWidget(left_, 3);
  layout->addWidget(right_, 2);
}

void VerdictStrip::setFolded(bool folded) {
  chosen_fold_ = folded;
  fold();
}

void VerdictStrip::setShort(bool is_short) {
  if (is_short_ == is_short) return;
  is_short_ = is_short;
  fold();
}

void VerdictStrip::fold() {
  const bool folded = isFolded();
  fold_->setText(folded ? tr("▸ details") : tr("▾ details"));
  fold_->setAccessibleName(folded ? tr("Show details of the verdict") : tr("Fold details of the verdict"));
  for (int i = 0; i < sentence_rows_->count(); ++i) {
    int row = 0, column = 0, rows = 0, columns = 0;
    sentence_rows_->getItemPosition(i, &row, &column, &rows, &columns);
    sentence_rows_->itemAt(i)->widget()->setVisible(!folded || row == 0);
  }
  sides_->setVisible(!folded);
  showWarnings();
  // The strip's height is of its parts as they are now, not as they are when events were handled.
  for (QWidget* const part : {left_, right_})
    if (part != nullptr) part->layout()->activate();
  updateGeometry();
}

QString VerdictStrip::sentenceText() const {
  QStringList lines;
  for (int row = 0; row < sentence_rows_->rowCount(); ++row) {
    const auto* const title = sentence_rows_->itemAtPosition(row, 0);
    const auto* const words = sentence_rows_->itemAtPosition(row, 1);
    if (title == nullptr || words == nullptr) continue;
    lines.append(qobject_cast<QLabel*>(title->widget())->text() + QLatin1Char(' ') +
                 qobject_cast<QLabel*>(words->widget())->text());
  }
  return lines.join(QLatin1Char('\n'));
}

void VerdictStrip::paintEvent(QPaintEvent* /*event*/) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(themeOf(palette()).card);
  painter.drawRoundedRect(rect(), 5, 5);
  painter.fillRect(QRect(0, 0, 7, height()), edge_);
}

void VerdictStrip::show(const FindingsPtr& findings) {
  if (!findings) return;
  showHeadline(*findings);
  showSentences(findings->isComparison() ? comparisonSentences(*findings) : explorationSentences(*findings));
  showSides(*findings);
  reasons_ = reasonsToDoubt(*findings);
  are_all_reasons_shown_ = false;
  unit_->setCurrentIndex(unit_->findData(static_cast<int>(findings->comparison.unit)));
  fold();
  update();
}

void VerdictStrip::say(analyzer::Verdict verdict, const std::vector<Sentence>& sentences, const QStringList& reasons) {
  edge_ = themeOf(palette()).of(verdict);
  verdict_->setText(signedName(verdict));
  QPalette colours = verdict_->palette();
  colours.setColor(QPalette::WindowText, edge_);
  verdict_->setPalette(colours);
  showSentences(sentences);
  clear(side_rows_);
  reasons_ = reasons;
  are_all_reasons_shown_ = false;
  unit_->hide();
  fold();
  update();
}

void VerdictStrip::showHeadline(const Findings& findings) {
  const Comparison& comparison = findings.comparison;
  const Theme theme = themeOf(palette());
  QColor ink = palette().color(QPalette::WindowText);
  if (!findings.isComparison()) {
    edge_ = theme.before;
    verdict_->setText(tr("%1 of wait").arg(ns(comparison.everything.before.wait_ns_per_unit)));
  } else if (comparison.within_run_only) {
    edge_ = theme.neutral;
    verdict_->setText(tr("no verdict"));
  } else {
    ink = edge_ = theme.of(comparison.headline.verdict);
    verdict_->setText(signedName(comparison.headline.verdict));
  }
  QPalette colours = verdict_->palette();
  colours.setColor(QPalette::WindowText, ink);
  verdict_->setPalette(colours);
}

std::vector<VerdictStrip::Sentence> VerdictStrip::comparisonSentences(const Findings& findings) {
  const Comparison& comparison = findings.comparison;
  std::vector<Sentence> sentences;
  sentences.push_back({shown(comparison.headline.name) + QLatin1Char(':'),
                       shown(analyzer::effect_sentence(comparison.headline, comparison))});
  if (comparison.within_run_only)
    sentences.push_back(
        {tr("How to read it:"), tr("what differs between these runs may be chance: runs of the same "
                                   "kernel under the same load differ, too. Record 5 or more a side.")});
  sentences.push_back({tr("To decide:"), shown(analyzer::what_would_decide(comparison))});
  sentences.push_back({tr("Which path:"), shown(analyzer::largest_changes_text(comparison, findings.taxonomy))});
  if (!comparison.within_run_only)
    sentences.push_back({tr("Where it went:"), shown(analyzer::fates_text(comparison, findings.taxonomy))});
  // Under a filter the headline is everything that there is.
  if (findings.question.filter.is_empty()) {
    sentences.push_back({tr("Of which:"), shown(analyzer::parts_text(comparison))});
    sentences.push_back(
        {tr("Without memory's and scheduler's:"), shown(analyzer::effect_sentence(comparison.quiet, comparison))});
    sentences.push_back({tr("The global lock:"), shown(comparison.global_lock)});
  }
  sentences.push_back({tr("CPU:"), cpuSentence(comparison)});
  return sentences;
}

std::vector<VerdictStrip::Sentence> VerdictStrip::explorationSentences(const Findings& findings) {
  const Comparison& comparison = findings.comparison;
  const auto& all = comparison.everything.before;
  const bool is_part = !findings.question.filter.is_empty();
  std::vector<Sentence> sentences;
  QString words = tr("%1 waits").arg(count(static_cast<double>(all.stats.sums.contentions)));
  // Of sums there are no quantiles.
  if (comparison.before.knows_distribution)
    words += tr(", median %1, p99 %2").arg(ns(all.stats.quantile_ns(0.5)), ns(all.stats.quantile_ns(0.99)));
  words += tr(", longest %1").arg(ns(static_cast<double>(all.stats.sums.wait_max_ns)));
  sentences.push_back({is_part ? tr("What meets the filter:") : tr("All locks:"), words});
  if (!is_part)
    sentences.push_back(
        {shown(comparison.headline.name) + QLatin1Char(':'),
         tr("%1 of wait per %2").arg(ns(comparison.headline.before.wait_ns_per_unit), unitName(comparison.unit))});
  return sentences;
}

void VerdictStrip::showSentences(const std::vector<Sentence>& sentences) {
  clear(sentence_rows_);
  int row = 0;
  for (const Sentence& sentence : sentences) {
    if (sentence.words.isEmpty()) continue;
    QLabel* const title = heading(sentence.title, sentences_);
    auto* const words = new QLabel(sentence.words, sentences_);
    words->setWordWrap(true);
    words->setTextInteractionFlags(Qt::TextSelectableByMouse);
    sentence_rows_->addWidget(title, row, 0, Qt::AlignTop | Qt::AlignRight);
    sentence_rows_->addWidget(words, row, 1, Qt::AlignTop);
    ++row;
  }
}

void VerdictStrip::showSides(const Findings& findings) {
  clear(side_rows_);
  const Theme theme = themeOf(palette());
  const Comparison& comparison = findings.comparison;
  const bool has_work = comparison.unit != analyzer::WorkUnit::kSeconds;
  const QStringList titles{
      {},          tr("runs"), tr("recorded"), has_work ? shown(analyzer::name_of(comparison.unit)) : QString(),
      tr("waits"), tr("lost")};
  for (int column = 0; column < titles.size(); ++column)
    side_rows_->addWidget(coloured(titles[column], theme.soft, sides_), 0, column, Qt::AlignRight);
  const auto add = [&](int row, const QString& name, const QColor& colour, const SideSummary& side,
                       const std::vector<analyzer::LabelledRun>& runs) {
    const QString label = side.label.empty() ? QString() : QStringLiteral(" “%1”").arg(shown(side.label));
    side_rows_->addWidget(coloured(QStringLiteral("■ ") + name + label, colour, sides_), row, 0, Qt::AlignLeft);
    const QStringList cells{
        QString::number(side.files.size()), QString::number(side.seconds, 'f', 1) + tr(" s"),
        has_work ? count(side.work) : QString(), count(static_cast<double>(side.contentions)),
        side.lost == 0 ? QStringLiteral("0") : QStringLiteral("⚠ ") + count(static_cast<double>(side.lost))};
    for (int column = 0; column < cells.size(); ++column)
      side_rows_->addWidget(new QLabel(cells[column], sides_), row, column + 1, Qt::AlignRight);
    const QString command = workloadOf(side, runs);
    auto* const workload =
        coloured(command.size() > kShownCommand ? command.left(kShownCommand) + QStringLiteral("…") : command,
                 theme.soft, sides_);
    workload->setToolTip(command);
    workload->setWordWrap(true);
    side_rows_->addWidget(workload, row + 1, 0, 1, static_cast<int>(titles.size()));
  };
  add(1, findings.isComparison() ? tr("before") : tr("recorded"), theme.before, comparison.before,
      findings.runs->before);
  if (findings.isComparison()) add(3, tr("after"), theme.after, comparison.after, findings.runs->after);
  if (comparison.pairs)
    side_rows_->addWidget(
        coloured(tr("Interleaved runs: each is compared with its neighbour in time."), theme.soft, sides_), 5, 0, 1,
        static_cast<int>(titles.size()));
}

void VerdictStrip::showWarnings() {
  const int all = static_cast<int>(reasons_.size());
  const int room = isFolded() ? 1 : are_all_reasons_shown_ ? all : kShownReasons;
  QStringList lines;
  for (const QString& reason : reasons_.mid(0, room)) lines.append(QStringLiteral("⚠ ") + reason);
  if (isFolded() && all > room) lines.back() += tr(" (%1 more)").arg(all - room);
  warnings_->setText(lines.join(QLatin1Char('\n')));
  warnings_->setVisible(all > 0);
  right_->setVisible(!isFolded() || all > 0);  // else sentences have the room
  more_->setText(are_all_reasons_shown_ ? tr("fewer warnings") : tr("%1 more warnings").arg(all - room));
  more_->setVisible(!isFolded() && all > kShownReasons);
  QPalette colours = warnings_->palette();
  colours.setColor(QPalette::WindowText, themeOf(palette()).soft);
  warnings_->setPalette(colours);
}

}  // namespace socklock::gui
