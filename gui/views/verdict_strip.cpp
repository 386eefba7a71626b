// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/verdict_strip.h"

#include <QHBoxLayout>
#include <QPainter>
#include <QVBoxLayout>

#include "analyzer/document/info.h"
#include "analyzer/document/words.h"
#include "analyzer/label/labelled_run.h"
#include "gui/models/text.h"
#include "gui/views/theme.h"

namespace socklock::gui {
namespace {

using analyzer::Comparison;
using analyzer::SideSummary;

// Warnings beyond these are in the tooltip.
constexpr int kShownWarnings = 3;

QString line(const QString& title, const QString& words) {
  return words.isEmpty() ? QString() : QStringLiteral("<p style='margin:3px 0'><b>%1</b> %2</p>").arg(title, words);
}

QString sideRow(const QString& name, const QColor& colour, const SideSummary& side, analyzer::WorkUnit unit) {
  const QString what = side.workload.empty() ? QStringLiteral("a live host") : rich(analyzer::workload_text(side));
  const QString work = unit == analyzer::WorkUnit::kSeconds ? QString() : count(side.work);
  return QStringLiteral(
             "<tr><td><span style='color:%1'>■</span> <b>%2</b> %3</td><td align=right>%4</td>"
             "<td align=right>%5 s</td><td align=right>%6</td><td align=right>%7</td>"
             "<td align=right>%8</td></tr><tr><td colspan=6><small>%9</small></td></tr>")
      .arg(colour.name(), name, side.label.empty() ? QString() : QStringLiteral("“%1”").arg(rich(side.label)))
      .arg(side.files.size())
      .arg(QString::number(side.seconds, 'f', 1), work, count(static_cast<double>(side.contentions)),
           side.lost == 0 ? QStringLiteral("0")
                          : QStringLiteral("<b>⚠ %1</b>").arg(count(static_cast<double>(side.lost))),
           what);
}

QString cpuLine(const Comparison& comparison) {
  if (!comparison.cpu) return {};
  const auto& cpu = *comparison.cpu;
  return QStringLiteral("%1 of host CPU time before, %2 after: %3×%4 %5")
      .arg(ns(comparison.before.cpu_ns_per_unit), ns(comparison.after.cpu_ns_per_unit),
           QString::number(*cpu.ratio, 'g', 3),
           cpu.low ? QStringLiteral(" (%1),").arg(shown(analyzer::interval_text(cpu))) : QStringLiteral(","),
           signedName(comparison.cpu_verdict));
}

}  // namespace

VerdictStrip::VerdictStrip(QWidget* parent)
    : QFrame(parent),
      verdict_(new QLabel(this)),
      sentence_(new QLabel(this)),
      sides_(new QLabel(this)),
      warnings_(new QLabel(this)),
      unit_(new QComboBox(this)) {
  setAccessibleName(tr("Verdict"));
  QFont large = verdict_->font();
  large.setPointSizeF(large.pointSizeF() * 1.9);
  large.setBold(true);
  verdict_->setFont(large);
  for (QLabel* const label : {sentence_, sides_, warnings_}) {
    label->setTextFormat(Qt::RichText);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->setAlignment(Qt::AlignTop | Qt::AlignLeft);
  }
  sentence_->setWordWrap(true);
  warnings_->setWordWrap(true);
  for (const auto unit : {analyzer::WorkUnit::kConnections, analyzer::WorkUnit::kOperations, analyzer::WorkUnit::kBinds,
                          analyzer::WorkUnit::kRequests, analyzer::WorkUnit::kSeconds})
    unit_->addItem(tr("per %1").arg(unitName(unit)), static_cast<int>(unit));
  unit_->setToolTip(tr("Unit of work: what waits are divided by, so that sides of different length and load compare"));
  connect(unit_, &QComboBox::activated, this,
          [this](int index) { Q_EMIT unitChosen(static_cast<analyzer::WorkUnit>(unit_->itemData(index).toInt())); });

  auto* const head = new QHBoxLayout;
  head->addWidget(verdict_);
  head->addSpacing(10);
  head->addWidget(unit_, 0, Qt::AlignVCenter);
  head->addStretch();
  auto* const left = new QVBoxLayout;
  left->setSpacing(2);
  left->addLayout(head);
  left->addWidget(sentence_);
  left->addStretch();
  auto* const right = new QVBoxLayout;
  right->setSpacing(4);
  right->addWidget(sides_);
  right->addWidget(warnings_);
  right->addStretch();
  auto* const layout = new QHBoxLayout(this);
  layout->setContentsMargins(18, 8, 12, 8);
  layout->setSpacing(24);
  layout->addLayout(left, 3);
  layout->addLayout(right, 2);
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
  findings->isComparison() ? showComparison(*findings) : showExploration(*findings);
  showWarnings(*findings);
  const Theme theme = themeOf(palette());
  const Comparison& comparison = findings->comparison;
  QString table =
      QStringLiteral(
          "<table cellspacing=0 cellpadding=2><tr style='color:%1'><td></td><td align=right>&nbsp;"
          "runs</td><td align=right>&nbsp;recorded</td><td align=right>&nbsp;%2</td>"
          "<td align=right>&nbsp;waits</td><td align=right>&nbsp;lost</td></tr>")
          .arg(theme.soft.name(),
               comparison.unit == analyzer::WorkUnit::kSeconds ? QString() : shown(analyzer::name_of(comparison.unit)));
  table += sideRow(findings->isComparison() ? tr("before") : tr("recorded"), theme.before, comparison.before,
                   comparison.unit);
  if (findings->isComparison()) table += sideRow(tr("after"), theme.after, comparison.after, comparison.unit);
  table += QStringLiteral("</table>");
  if (comparison.pairs)
    table += tr("<small>Runs were recorded by turns: each is compared with its neighbour in time.</small>");
  sides_->setText(table);
  unit_->setCurrentIndex(unit_->findData(static_cast<int>(comparison.unit)));
  update();
}

void VerdictStrip::showComparison(const Findings& findings) {
  const Comparison& comparison = findings.comparison;
  const Theme theme = themeOf(palette());
  edge_ = theme.of(comparison.headline.verdict);
  QPalette colours = verdict_->palette();
  colours.setColor(QPalette::WindowText, edge_);
  verdict_->setPalette(colours);
  verdict_->setText(signedName(comparison.headline.verdict));
  QString text = line(rich(comparison.headline.name) + QStringLiteral(":"),
                      rich(analyzer::effect_sentence(comparison.headline, comparison)));
  text += line(tr("To decide:"), rich(analyzer::what_would_decide(comparison)));
  text += line(tr("Which path:"), rich(analyzer::largest_changes_text(comparison, findings.taxonomy)));
  text += line(tr("Where it went:"), rich(analyzer::fates_text(comparison, findings.taxonomy)));
  text += line(tr("All locks:"),
               QStringLiteral("%1: %2").arg(signedName(comparison.everything.verdict),
                                            rich(analyzer::effect_sentence(comparison.everything, comparison))));
  text += line(tr("CPU:"), cpuLine(comparison));
  sentence_->setText(text);
}

void VerdictStrip::showExploration(const Findings& findings) {
  const Comparison& comparison = findings.comparison;
  edge_ = themeOf(palette()).before;
  QPalette colours = verdict_->palette();
  colours.setColor(QPalette::WindowText, palette().color(QPalette::WindowText));
  verdict_->setPalette(colours);
  const auto& all = comparison.everything.before;
  verdict_->setText(tr("%1 of wait").arg(ns(all.wait_ns_per_unit)));
  QString text = line(tr("All locks:"),
                      tr("%1 waits, median %2, p99 %3, longest %4")
                          .arg(count(static_cast<double>(all.stats.sums.contentions)), ns(all.stats.quantile_ns(0.5)),
                               ns(all.stats.quantile_ns(0.99)), ns(static_cast<double>(all.stats.sums.wait_max_ns))));
  text += line(rich(comparison.headline.name) + QStringLiteral(":"),
               tr("%1 of wait per %2").arg(ns(comparison.headline.before.wait_ns_per_unit), unitName(comparison.unit)));
  sentence_->setText(text);
}

void VerdictStrip::showWarnings(const Findings& findings) {
  QStringList words;
  if (findings.isComparison() && findings.comparison.within_run_only)
    words.append(tr("within-run only: does not cover variation from run to run"));
  for (const auto& warning : findings.comparison.warnings) words.append(rich(analyzer::message(warning)));
  if (!findings.isComparison())
    for (const auto& run : findings.runs->before) {
      for (const std::string& line : analyzer::losses_lines(run.run)) words.append(rich(line));
      for (const auto& note : run.run.facts.notes) words.append(rich(note));
    }
  words.removeDuplicates();
  QString text;
  for (int i = 0; i < std::min<int>(kShownWarnings, static_cast<int>(words.size())); ++i)
    text += QStringLiteral("<p style='margin:2px 0'>⚠ %1</p>").arg(words[i]);
  if (words.size() > kShownWarnings) text += tr("<i>%1 more: point here</i>").arg(words.size() - kShownWarnings);
  warnings_->setText(text);
  warnings_->setToolTip(words.size() > kShownWarnings
                            ? QStringLiteral("<p>") + words.join(QStringLiteral("</p><p>")) + QStringLiteral("</p>")
                            : QString());
  warnings_->setVisible(!text.isEmpty());
  QPalette colours = warnings_->palette();
  colours.setColor(QPalette::WindowText, themeOf(palette()).unclear);
  warnings_->setPalette(colours);
}

}  // namespace socklock::gui
