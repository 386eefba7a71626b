// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/runs_page.h"

#include <QFileInfo>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <utility>

#include "analyzer/compare/outliers.h"
#include "analyzer/document/runs_table.h"
#include "gui/models/text.h"
#include "gui/views/chart.h"
#include "gui/views/heading.h"
#include "gui/views/item_views.h"
#include "gui/views/theme.h"

namespace socklock::gui {
namespace {

constexpr double kDotRadius = 5;
constexpr double kHitRadius = 9;

const std::vector<double>& valuesOf(const Findings& findings, std::size_t side) {
  const auto& headline = findings.comparison.headline;
  return (side == 0 ? headline.before : headline.after).wait_ns_per_unit_of_runs;
}

const std::vector<std::string>& filesOf(const Findings& findings, std::size_t side) {
  return (side == 0 ? findings.comparison.before : findings.comparison.after).files;
}

// The lines are the means, which is what the effect is of.
DotPlot plotOf(const Findings& findings) {
  DotPlot plot;
  plot.label = &ns;
  plot.sides = findings.isComparison() ? std::vector<QString>{RunsPage::tr("before"), RunsPage::tr("after")}
                                       : std::vector<QString>{RunsPage::tr("recorded")};
  for (std::size_t side = 0; side < plot.sides.size(); ++side) {
    const auto& values = valuesOf(findings, side);
    const auto& files = filesOf(findings, side);
    const auto apart = analyzer::outliers(values);
    double sum = 0;
    for (std::size_t run = 0; run < std::min(values.size(), files.size()); ++run) {
      plot.dots.push_back({side, values[run], QFileInfo(shown(files[run])).fileName(),
                           std::find(apart.begin(), apart.end(), run) != apart.end()});
      sum += values[run];
    }
    plot.lines.push_back(values.empty() ? 0 : sum / static_cast<double>(values.size()));
  }
  return plot;
}

}  // namespace

RunsView::RunsView(QWidget* parent) : QWidget(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  describeAsChart(this, tr("Wait of each run"));
}

void RunsView::show(DotPlot plot) {
  plot_ = std::move(plot);
  chosen_ = -1;
  low_ = HUGE_VAL;
  high_ = 0;
  for (const DotPlot::Dot& dot : plot_.dots) {
    if (dot.value > 0) low_ = std::min(low_, dot.value);
    high_ = std::max(high_, dot.value);
  }
  if (!(low_ < HUGE_VAL)) low_ = high_ = 1;
  low_ /= 1.3;
  high_ = std::max(high_ * 1.3, low_ * 2);
  update();
}

void RunsView::setChosen(int run) {
  chosen_ = run;
  update();
}

double RunsView::xOf(double value) const {
  const double left = fontMetrics().averageCharWidth() * 11.0, right = width() - 16.0;
  // Without any wait a run is at the edge: a logarithm has no 0.
  const double share = std::log(std::max(value, low_) / low_) / std::log(high_ / low_);
  return left + std::clamp(share, 0.0, 1.0) * (right - left);
}

double RunsView::yOf(std::size_t side) const {
  const double room = height() - fontMetrics().height() * 2.0;
  return plot_.sides.size() > 1 ? room * (side == 0 ? 0.3 : 0.75) : room * 0.5;
}

QPointF RunsView::placeOf(int run) const {
  const DotPlot::Dot& dot = plot_.dots[static_cast<std::size_t>(run)];
  return {xOf(dot.value), yOf(dot.side)};
}

int RunsView::runAt(QPointF at) const {
  int nearest = -1;
  double best = kHitRadius;
  for (int run = 0; run < static_cast<int>(plot_.dots.size()); ++run) {
    const QPointF by = placeOf(run) - at;
    if (const double distance = std::hypot(by.x(), by.y()); distance < best) {
      best = distance;
      nearest = run;
    }
  }
  return nearest;
}

void RunsView::paintSide(QPainter& painter, std::size_t side) const {
  const Theme theme = themeOf(palette());
  const double y = yOf(side), line = fontMetrics().height();
  painter.setPen(theme.line);
  painter.drawLine(QPointF(xOf(low_), y), QPointF(width() - 8, y));
  painter.setPen(side == 0 ? theme.before : theme.after);
  painter.drawText(QRectF(0, y - line / 2, xOf(low_) - 10, line), static_cast<int>(Qt::AlignRight | Qt::AlignVCenter),
                   plot_.sides[side]);
  const double compared = plot_.lines[side];
  painter.drawLine(QPointF(xOf(compared), y - line), QPointF(xOf(compared), y + line));
  for (int run = 0; run < static_cast<int>(plot_.dots.size()); ++run) {
    const DotPlot::Dot& dot = plot_.dots[static_cast<std::size_t>(run)];
    if (dot.side != side) continue;
    QColor fill = side == 0 ? theme.before : theme.after;
    painter.setPen(run == chosen_ ? QPen(theme.ink, 2) : QPen(fill, 1));
    fill.setAlphaF(0.55F);
    painter.setBrush(fill);
    painter.drawEllipse(placeOf(run), kDotRadius, kDotRadius);
    if (!dot.is_apart) continue;
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(theme.worse, 1.5, Qt::DashLine));
    painter.drawEllipse(placeOf(run), kDotRadius + 4, kDotRadius + 4);
    painter.setPen(theme.ink);
    const double wide = fontMetrics().horizontalAdvance(dot.name);
    const double x = std::clamp(placeOf(run).x() - wide / 2, 0.0, std::max(0.0, width() - wide));
    painter.drawText(QPointF(x, y - kDotRadius - 7), dot.name);
  }
}

void RunsView::paintAxis(QPainter& painter) const {
  const Theme theme = themeOf(palette());
  const double line = fontMetrics().height(), bottom = height() - line * 1.3;
  painter.setPen(theme.soft);
  double last = -1e9;
  for (double power = std::pow(10, std::floor(std::log10(low_))); power <= high_; power *= 10)
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double tick = factor * power;
      if (tick < low_ || tick > high_) continue;
      const QString text = plot_.label(tick);
      const double wide = fontMetrics().horizontalAdvance(text), x = xOf(tick);
      painter.drawLine(QPointF(x, bottom - 3), QPointF(x, bottom));
      if (x - wide / 2 < last + 8 || x + wide / 2 > width()) continue;
      painter.drawText(QRectF(x - wide / 2, bottom, wide + 2, line), Qt::AlignCenter, text);
      last = x + wide / 2;
    }
}

void RunsView::paintEvent(QPaintEvent* /*event*/) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.fillRect(rect(), themeOf(palette()).paper);
  for (std::size_t side = 0; side < plot_.sides.size(); ++side) paintSide(painter, side);
  if (plot_.label != nullptr) paintAxis(painter);
}

void RunsView::mousePressEvent(QMouseEvent* event) {
  const int run = runAt(event->position());
  setChosen(run);
  if (run >= 0) Q_EMIT chosen(run);
}

void RunsView::keyPressEvent(QKeyEvent* event) {
  const int last = static_cast<int>(plot_.dots.size()) - 1;
  const bool is_next = event->key() == Qt::Key_Right || event->key() == Qt::Key_Down;
  const bool is_previous = event->key() == Qt::Key_Left || event->key() == Qt::Key_Up;
  if (last >= 0 && (is_next || is_previous)) {
    setChosen(std::clamp(chosen_ + (is_next ? 1 : -1), 0, last));
    Q_EMIT chosen(chosen_);
  } else if (chosen_ >= 0 && event->key() == Qt::Key_Delete) {
    Q_EMIT leaveOutWanted(chosen_);
  } else {
    QWidget::keyPressEvent(event);
  }
}

bool RunsView::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip) return QWidget::event(event);
  const auto* const help = static_cast<QHelpEvent*>(event);
  const int run = runAt(help->pos());
  if (run < 0) {
    QToolTip::hideText();
    return true;
  }
  const DotPlot::Dot& dot = plot_.dots[static_cast<std::size_t>(run)];
  QToolTip::showText(help->globalPos(), QStringLiteral("%1: %2").arg(dot.name, plot_.label(dot.value)), this);
  return true;
}

RunsPage::RunsPage(QWidget* parent)
    : Page(parent),
      view_(new RunsView(this)),
      model_(new TableModel(this)),
      table_(new QTableView(this)),
      words_(new QLabel(this)),
      leave_out_(new QPushButton(tr("&Leave out the chosen run"), this)),
      take_back_(new QPushButton(tr("&Take back"), this)) {
  setUpTable(table_, tr("Runs"));
  table_->setModel(model_);
  words_->setWordWrap(true);
  leave_out_->setEnabled(false);
  auto* const bar = new QHBoxLayout;
  bar->addWidget(words_, 1);
  bar->addWidget(leave_out_);
  bar->addWidget(take_back_);
  auto* const layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 4, 0, 0);
  layout->addWidget(view_, 2);
  layout->addLayout(bar);
  layout->addWidget(table_, 3);
  connect(view_, &RunsView::chosen, this, [this](int run) {
    table_->selectRow(run);
    chooseRow(run);
  });
  connect(view_, &RunsView::leaveOutWanted, this, &RunsPage::leaveOutRun);
  connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          [this](const QModelIndex& current) { chooseRow(current.row()); });
  connect(leave_out_, &QPushButton::clicked, this, [this] { leaveOutRun(view_->chosenRun()); });
  connect(take_back_, &QPushButton::clicked, this, [this] {
    Q_EMIT asked({tr("take back runs"), [](Question& question) { question.left_out.clear(); }});
  });
}

void RunsPage::chooseRow(int run) {
  view_->setChosen(run);
  leave_out_->setEnabled(run >= 0);
}

void RunsPage::showFindings(const FindingsPtr& findings) {
  findings_ = findings;
  view_->show(plotOf(*findings));
  model_->show(analyzer::runs_table(findings->comparison));
  table_->resizeColumnsToContents();
  leave_out_->setEnabled(false);
  QStringList apart;
  for (const auto& row : model_->table().rows)
    if (!row.back().text().empty()) apart.append(QFileInfo(shown(row[1].text())).fileName());
  const auto& left_out = findings->question.left_out;
  QString words = tr("Wait for %1 per %2, a dot per run; the lines are the means, which are compared.")
                      .arg(shown(findings->comparison.headline.name), unitName(findings->comparison.unit));
  if (!apart.isEmpty()) words += tr(" Apart from the others: %1.").arg(apart.join(QStringLiteral(", ")));
  if (!left_out.empty()) {
    QStringList names;
    for (const std::string& run : left_out) names.append(QFileInfo(QString::fromStdString(run)).fileName());
    words += tr(" Left out by hand: %1.").arg(names.join(QStringLiteral(", ")));
  }
  words_->setText(words);
  take_back_->setVisible(!left_out.empty());
}

void RunsPage::leaveOutRun(int run) {
  if (!findings_ || run < 0 || run >= model_->rowCount()) return;
  const auto before = filesOf(*findings_, 0).size();
  const auto at = static_cast<std::size_t>(run);
  const std::string file = at < before ? filesOf(*findings_, 0)[at] : filesOf(*findings_, 1)[at - before];
  Q_EMIT asked({tr("leave out %1").arg(QFileInfo(QString::fromStdString(file)).fileName()),
                [file](Question& question) { question.left_out.push_back(file); }});
}

}  // namespace socklock::gui
