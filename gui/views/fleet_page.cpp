// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/fleet_page.h"

#include <fmt/format.h>

#include <QHBoxLayout>
#include <QHeaderView>
#include <QSplitter>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "analyzer/document/document.h"
#include "fleet/times.h"
#include "gui/models/fleet_model.h"
#include "gui/models/text.h"
#include "gui/views/cell_delegates.h"
#include "gui/views/effect_axis.h"
#include "gui/views/heading.h"
#include "gui/views/item_views.h"
#include "gui/views/runs_page.h"
#include "gui/views/verdict_strip.h"

namespace socklock::gui {
namespace {

using fleet::FleetComparison;
using fleet::GroupFacts;

// Below a thousandth nobody wants digits.
QString times(double ratio) {
  constexpr double kLeast = 0.001;
  return (ratio > 0 && ratio < kLeast ? QStringLiteral("<") + number(kLeast) : number(ratio)) + QStringLiteral("×");
}

QString windowText(const fleet::Window& window) {
  return FleetPage::tr("%1 to %2 UTC")
      .arg(shown(fleet::format_moment(window.begin_s)), shown(fleet::format_moment(window.end_s)));
}

QString groupText(const GroupFacts& group, const QString& unit) {
  return FleetPage::tr("%1 hosts compared of %2; %3 %4s a second before, %5 after")
      .arg(group.compared)
      .arg(group.hosts)
      .arg(number(group.work_before), unit, number(group.work_after));
}

// What changed, by how much beyond the controls, and how sure that is.
QString headlineText(const FleetComparison& comparison) {
  const analyzer::DidEffect& effect = comparison.headline.effect;
  if (!effect.ratio) return FleetPage::tr("nothing that can be compared");
  QString text = *effect.ratio <= 0 ? FleetPage::tr("the wait per %1 is gone").arg(shown(comparison.unit))
                                    : FleetPage::tr("%1 of the wait per %2 that it would have been")
                                          .arg(times(*effect.ratio), shown(comparison.unit));
  const QString percent_sure = QString::number(100 * comparison.confidence);
  if (effect.low && effect.high && *effect.ratio <= 0)
    text += FleetPage::tr(" (%1% interval up to %2)").arg(percent_sure, times(*effect.high));
  else if (effect.low && effect.high)
    text += FleetPage::tr(" (%1% interval %2 to %3)").arg(percent_sure, times(*effect.low), times(*effect.high));
  else if (effect.low)
    text += FleetPage::tr(" (at least %1)").arg(times(*effect.low));
  if (effect.p) text += FleetPage::tr(", p = %1").arg(number(*effect.p));
  return text;
}

std::vector<VerdictStrip::Sentence> sentencesOf(const FleetComparison& comparison) {
  const analyzer::DidEffect& effect = comparison.headline.effect;
  const QString unit = shown(comparison.unit);
  std::vector<VerdictStrip::Sentence> sentences{
      {shown(comparison.headline.name) + QLatin1Char(':'), headlineText(comparison)}};
  if (!comparison.no_verdict.empty())
    sentences.push_back({FleetPage::tr("Why no verdict:"), shown(comparison.no_verdict)});
  if (effect.has_typical_hosts())
    sentences.push_back(
        {FleetPage::tr("Typical host:"), FleetPage::tr("a canary changed to %1, a control to %2")
                                             .arg(times(*effect.canary_ratio), times(*effect.control_ratio))});
  sentences.push_back({FleetPage::tr("Canaries:"), groupText(comparison.canary, unit)});
  sentences.push_back({FleetPage::tr("Controls:"), groupText(comparison.control, unit)});
  sentences.push_back({FleetPage::tr("When:"),
                       FleetPage::tr("%1, and %2").arg(windowText(comparison.before), windowText(comparison.after))});
  if (comparison.placebo_p)
    sentences.push_back(
        {FleetPage::tr("Before the change:"),
         FleetPage::tr(*comparison.placebo_p > 1 - comparison.confidence ? "the groups did not move apart (p = %1)"
                                                                         : "the groups moved apart already (p = %1)")
             .arg(number(*comparison.placebo_p))});
  return sentences;
}

// Of a host: what it waited after divided by what it waited before.
DotPlot plotOf(const analyzer::DidEffect& effect) {
  DotPlot plot;
  plot.label = &times;
  plot.sides = {FleetPage::tr("controls"), FleetPage::tr("canaries")};
  // At the edge of the scale, whose label is "<0.001×": how much less nobody asks.
  static constexpr double kEdge = 0.00099;
  const auto placed = [](double ratio) { return std::max(ratio, kEdge); };
  plot.lines = {placed(effect.control_ratio.value_or(0)), placed(effect.canary_ratio.value_or(0))};
  for (const auto& [host, change] : effect.control_changes)
    plot.dots.push_back({0, placed(std::exp(change)), shown(host), false});
  for (const auto& [host, change] : effect.canary_changes)
    plot.dots.push_back({1, placed(std::exp(change)), shown(host), false});
  return plot;
}

// In the order of the dots.
analyzer::Table hostsOf(const analyzer::DidEffect& effect) {
  using analyzer::Figure;
  analyzer::Table table;
  table.id = "hosts";
  table.columns = {analyzer::names_column("host"),
                   {"group", "group", "canary or control", analyzer::Unit::kNone, analyzer::Align::kLeft},
                   {"ratio", "change", "of the host itself: wait after divided by wait before, per unit of work",
                    analyzer::Unit::kTimes}};
  const auto add = [&table](const auto& changes, const char* group) {
    for (const auto& [host, change] : changes)
      table.rows.push_back(
          {Figure::words(host), Figure::term(group), Figure::of(std::exp(change), analyzer::Unit::kTimes)});
  };
  add(effect.control_changes, "control");
  add(effect.canary_changes, "canary");
  return table;
}

}  // namespace

FleetPage::FleetPage(QWidget* parent)
    : QWidget(parent),
      verdict_(new VerdictStrip(this)),
      again_(new QPushButton(tr("Ask &again…"), this)),
      model_(new FleetModel(this)),
      table_(new QTableView(this)),
      effect_(new EffectDelegate(this)) {
  setUpTable(table_, tr("Lock classes of the fleet"));
  table_->setModel(model_);
  table_->setItemDelegateForColumn(1, new BarDelegate(this));
  table_->setItemDelegateForColumn(2, new BarDelegate(this));
  table_->setItemDelegateForColumn(3, effect_);
  table_->setItemDelegateForColumn(5, new ToneDelegate(this));
  auto* const classes = new QWidget(this);
  auto* const classes_layout = new QVBoxLayout(classes);
  classes_layout->setContentsMargins(0, 0, 0, 0);
  classes_layout->setSpacing(2);
  axis_ = new EffectAxis(table_, effect_, classes);
  auto* const head = new QHBoxLayout;
  head->addWidget(heading(tr("By lock class"), classes));
  head->addStretch();
  head->addWidget(again_);
  classes_layout->addLayout(head);
  classes_layout->addWidget(table_, 1);
  classes_layout->addWidget(axis_);
  auto* const splitter = new QSplitter(Qt::Vertical, this);
  splitter->addWidget(classes);
  splitter->addWidget(makeHosts(splitter));
  splitter->setSizes({300, 260});
  splitter->setChildrenCollapsible(false);
  auto* const layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(verdict_);
  layout->addWidget(splitter, 1);
  connect(again_, &QPushButton::clicked, this, &FleetPage::askAgainWanted);
  connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          [this](const QModelIndex& current) { showHosts(current.row()); });
}

QWidget* FleetPage::makeHosts(QWidget* parent) {
  auto* const part = new QSplitter(Qt::Horizontal, parent);
  auto* const left = new QWidget(part);
  dots_title_ = heading({}, left);
  dots_title_->setWordWrap(true);
  dots_ = new RunsView(left);
  auto* const layout = new QVBoxLayout(left);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(dots_title_);
  layout->addWidget(dots_, 1);
  hosts_model_ = new TableModel(this);
  hosts_ = new QTableView(part);
  setUpTable(hosts_, tr("Hosts"));
  hosts_->setModel(hosts_model_);
  hosts_->horizontalHeader()->setStretchLastSection(true);
  part->addWidget(left);
  part->addWidget(hosts_);
  part->setStretchFactor(0, 3);
  part->setStretchFactor(1, 2);
  connect(dots_, &RunsView::chosen, this, [this](int host) {
    hosts_->selectRow(host);
    hosts_->scrollTo(hosts_model_->index(host, 0));
  });
  connect(hosts_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          [this](const QModelIndex& current) { dots_->setChosen(current.row()); });
  return part;
}

void FleetPage::show(const FleetAnswerPtr& answer) {
  answer_ = answer;
  const FleetComparison& comparison = answer->comparison;
  QStringList reasons;
  for (const std::string& warning : comparison.warnings) reasons.append(shown(warning));
  verdict_->say(verdictOf(comparison.headline.verdict), sentencesOf(comparison), reasons);
  model_->showAnswer(answer);
  effect_->setScale(model_->effectSpan(), comparison.threshold);
  int longest = 0;
  for (int row = 0; row < model_->rowCount(); ++row)
    longest = std::max(longest, table_->fontMetrics().horizontalAdvance(model_->index(row, 3).data().toString()));
  effect_->setTextWidth(longest);
  table_->resizeColumnsToContents();
  table_->setColumnWidth(0, std::max(table_->columnWidth(0), 190));
  for (const int column : {1, 2}) table_->setColumnWidth(column, std::max(table_->columnWidth(column), 110));
  table_->horizontalHeader()->setSectionResizeMode(3, QHeaderView::Stretch);
  axis_->setColumn(3);
  showHosts(-1);
}

// Of the class that is chosen; until one is, of the headline.
void FleetPage::showHosts(int row) {
  const fleet::ComparedSlice* const slice = model_->compared(row);
  if (slice == nullptr) return;
  setHeading(dots_title_, tr("Each host's own change of the wait for %1").arg(shown(slice->name)));
  dots_->show(plotOf(slice->effect));
  hosts_model_->show(hostsOf(slice->effect));
  hosts_->resizeColumnsToContents();
}

FleetTopPage::FleetTopPage(QWidget* parent)
    : QWidget(parent),
      grouping_(new QComboBox(this)),
      words_(new QLabel(this)),
      model_(new TableModel(this)),
      table_(new QTableView(this)) {
  for (const char* const by : {"class", "path", "function", "context", "role", "kernel", "host"})
    grouping_->addItem(tr(by), QLatin1String(by));
  grouping_->setAccessibleName(tr("Group rows by"));
  setUpTable(table_, tr("What the fleet waits for"));
  table_->setModel(model_);
  words_->setWordWrap(true);
  auto* const label = new QLabel(tr("&Group by"), this);
  label->setBuddy(grouping_);
  auto* const bar = new QHBoxLayout;
  bar->addWidget(heading(tr("What hurts most in the fleet"), this));
  bar->addSpacing(16);
  bar->addWidget(label);
  bar->addWidget(grouping_);
  bar->addSpacing(16);
  bar->addWidget(words_, 1);
  auto* const layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 4, 0, 0);
  layout->addLayout(bar);
  layout->addWidget(table_, 1);
  connect(grouping_, &QComboBox::activated, this, [this] {
    if (!top_) return;
    FleetTopWords words = top_->words;
    words.by = grouping_->currentData().toString().toStdString();
    Q_EMIT asked(words);
  });
}

void FleetTopPage::show(const FleetTopPtr& top) {
  top_ = top;
  grouping_->setCurrentIndex(std::max(0, grouping_->findData(QString::fromStdString(top->words.by))));
  model_->setBars({QStringLiteral("wait_ns")});
  model_->show(top->document.rows);
  table_->setItemDelegateForColumn(1, new BarDelegate(table_));
  table_->resizeColumnsToContents();
  table_->setColumnWidth(1, std::max(table_->columnWidth(1), 130));
  QStringList lines;
  for (const auto& block : top->document.sections.front().blocks)
    if (const auto* line = std::get_if<analyzer::Paragraph>(&block)) lines.append(shown(line->text));
  words_->setText(lines.join(QStringLiteral("; ")));
}

}  // namespace socklock::gui
