// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/stacks_page.h"

#include <QApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QRadioButton>
#include <QRegularExpression>
#include <QScrollArea>
#include <QSettings>
#include <QSplitter>
#include <QTabWidget>
#include <QVBoxLayout>
#include <algorithm>

#include "gui/models/stack_tree_model.h"
#include "gui/models/text.h"
#include "gui/views/icicle_view.h"
#include "gui/views/item_views.h"

namespace socklock::gui {
namespace {

QString sampleTextOf(const StackSample& sample) {
  if (!sample.isSample()) return {};
  QString text = StacksPage::tr("A sample: %1 of the waits have a call stack, and stand for the others.")
                     .arg(percent(sample.with_stack / sample.waits));
  if (sample.error_share > 0)
    text += StacksPage::tr(" The wait of a function is known to ±%1 of all wait (95% confidence).")
                .arg(percent(sample.error_share));
  return text;
}

}  // namespace

StacksPage::StacksPage(QWidget* parent)
    : Page(parent),
      icicle_(new IcicleView(this)),
      search_(new QLineEdit(this)),
      hidden_(new QLineEdit(this)),
      least_(new QDoubleSpinBox(this)),
      folding_(new QCheckBox(tr("fold recursion"), this)),
      back_(new QToolButton(this)),
      forward_(new QToolButton(this)),
      found_(new QLabel(this)),
      top_down_(new StackTreeModel(this)),
      bottom_up_(new StackTreeModel(this)),
      callers_(new StackTreeModel(this)),
      callees_(new StackTreeModel(this)),
      widths_(new QWidget(this)),
      sample_(new QLabel(this)),
      tabs_(new QTabWidget(this)) {
  auto* const scroll = new QScrollArea(this);
  scroll->setWidget(icicle_);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setFocusPolicy(Qt::NoFocus);
  tabs_->addTab(makeTree(top_down_, tr("Stacks top-down"), tabs_), tr("Top-down"));
  tabs_->addTab(makeTree(bottom_up_, tr("Stacks bottom-up"), tabs_), tr("Bottom-up"));
  auto* const around = new QSplitter(Qt::Horizontal, tabs_);
  around->addWidget(makeTree(callers_, tr("Callers"), around));
  around->addWidget(makeTree(callees_, tr("Callees"), around));
  tabs_->addTab(around, tr("Callers and callees"));
  auto* const splitter = new QSplitter(Qt::Vertical, this);
  splitter->addWidget(scroll);
  splitter->addWidget(tabs_);
  splitter->setSizes({380, 220});
  sample_->setWordWrap(true);
  auto* const layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 4, 0, 0);
  layout->addLayout(makeControls());
  layout->addLayout(makeZoom());
  layout->addWidget(sample_);
  layout->addWidget(splitter, 1);

  connect(search_, &QLineEdit::textChanged, this, [this](const QString& text) {
    icicle_->setSearch(text);
    for (QSortFilterProxyModel* const proxy : proxies_) proxy->setFilterFixedString(text);
    if (!text.isEmpty())
      for (QTreeView* const tree : trees_) tree->expandToDepth(12);
  });
  connect(icicle_, &IcicleView::functionFiltered, this, [this](const std::string& function) {
    analyzer::Filter more;
    more.frame = function;
    narrow(more, shown(function));
  });
  connect(icicle_, &IcicleView::functionLeftOut, this, [this](const std::string& function) {
    analyzer::Filter one;
    one.frame = function;
    leaveOut(one, shown(function));
  });
  connect(icicle_, &IcicleView::functionChosen, this, &StacksPage::chooseFunction);
}

QHBoxLayout* StacksPage::makeControls() {
  search_->setPlaceholderText(tr("search functions"));
  search_->setAccessibleName(tr("Search functions"));
  search_->setClearButtonEnabled(true);
  search_->setMaximumWidth(260);
  auto* const bar = new QHBoxLayout;
  for (const auto& [text, is_bottom_up] : {std::pair{tr("&outermost first"), false}, {tr("&innermost first"), true}}) {
    auto* const button = new QRadioButton(text, this);
    button->setChecked(!is_bottom_up);
    roots_.push_back(button);
    bar->addWidget(button);
    connect(button, &QRadioButton::clicked, this, [this, chosen = is_bottom_up] {
      is_bottom_up_ = chosen;
      showIcicle();
    });
  }
  makeWidths();
  bar->addWidget(widths_);
  bar->addStretch();
  bar->addWidget(search_);
  return bar;
}

// Where the zoom is, and what is not shown so that the rest can be read. None of it filters.
QHBoxLayout* StacksPage::makeZoom() {
  auto* const bar = new QHBoxLayout;
  back_->setText(QStringLiteral("◂"));
  back_->setAccessibleName(tr("Zoom back"));
  back_->setToolTip(tr("Where the zoom was before (Backspace)"));
  forward_->setText(QStringLiteral("▸"));
  forward_->setAccessibleName(tr("Zoom forward"));
  forward_->setToolTip(tr("Forward again (Shift+Backspace)"));
  bar->addWidget(back_);
  bar->addWidget(forward_);
  connect(back_, &QToolButton::clicked, icicle_, &IcicleView::zoomBack);
  connect(forward_, &QToolButton::clicked, icicle_, &IcicleView::zoomForward);
  const auto follow = [this] {
    back_->setEnabled(icicle_->canZoomBack());
    forward_->setEnabled(icicle_->canZoomForward());
  };
  connect(icicle_, &IcicleView::zoomChanged, this, follow);
  follow();
  makeShaping(bar);
  bar->addStretch();
  bar->addWidget(found_);
  connect(icicle_, &IcicleView::matchesChanged, this, [this] { found_->setText(icicle_->matchText()); });
  connect(search_, &QLineEdit::returnPressed, this,
          [this] { icicle_->stepMatch(QApplication::keyboardModifiers().testFlag(Qt::ShiftModifier) ? -1 : 1); });
  return bar;
}

void StacksPage::makeShaping(QHBoxLayout* bar) {
  least_->setRange(0, 50);
  least_->setDecimals(1);
  least_->setSingleStep(0.5);
  least_->setSuffix(tr(" % of the wait"));
  least_->setSpecialValueText(tr("all frames"));
  least_->setAccessibleName(tr("Least share of the wait that a frame is shown for"));
  least_->setToolTip(tr("Frames with less than this share of the wait are not shown"));
  folding_->setToolTip(tr("A function that calls itself stands once"));
  const auto change = [this] {
    hideFrames();
    showTrees();
  };
  connect(least_, &QDoubleSpinBox::valueChanged, this, change);
  connect(folding_, &QCheckBox::toggled, this, change);
  hidden_->setPlaceholderText(tr("hide frames: __schedule, *slowpath*"));
  hidden_->setAccessibleName(tr("Hide frames"));
  hidden_->setToolTip(
      tr("Names of functions, or patterns with * and ?, separated by blanks or commas. What they call "
         "stands beneath their callers then; nothing is filtered."));
  hidden_->setClearButtonEnabled(true);
  hidden_->setMaximumWidth(260);
  hidden_->setText(QSettings().value(QStringLiteral("stacks/hidden")).toString());
  connect(hidden_, &QLineEdit::editingFinished, this, [this] {
    QSettings().setValue(QStringLiteral("stacks/hidden"), hidden_->text());
    hideFrames();
    showTrees();
  });
  for (QWidget* const widget : std::initializer_list<QWidget*>{hidden_, least_, folding_}) bar->addWidget(widget);
}

void StacksPage::makeWidths() {
  auto* const widths = new QHBoxLayout(widths_);
  widths->setContentsMargins(24, 0, 0, 0);
  widths->addWidget(new QLabel(tr("Width: wait"), widths_));
  for (const auto& [text, width] : {std::pair{tr("of both sides"), IcicleWidth::kBoth},
                                    {tr("before"), IcicleWidth::kBefore},
                                    {tr("after"), IcicleWidth::kAfter}}) {
    auto* const button = new QRadioButton(text, widths_);
    button->setAccessibleName(tr("Width: wait %1").arg(text));
    button->setChecked(width == IcicleWidth::kBoth);
    width_buttons_.push_back(button);
    widths->addWidget(button);
    connect(button, &QRadioButton::clicked, this, [this, chosen = width] { icicle_->setWidthBy(chosen); });
  }
}

QTreeView* StacksPage::makeTree(StackTreeModel* model, const QString& name, QWidget* parent) {
  auto* const proxy = new QSortFilterProxyModel(this);
  proxy->setSourceModel(model);
  proxy->setSortRole(StackTreeModel::kSortRole);
  proxy->setRecursiveFilteringEnabled(true);
  proxy->setFilterCaseSensitivity(Qt::CaseInsensitive);
  auto* const tree = new QTreeView(parent);
  setUpTree(tree, name);
  tree->setModel(proxy);
  tree->setSortingEnabled(true);
  tree->sortByColumn(StackTreeModel::kBefore, Qt::DescendingOrder);
  proxies_.push_back(proxy);
  trees_.push_back(tree);
  return tree;
}

QJsonObject StacksPage::state() const {
  int width = 0;
  for (std::size_t i = 0; i < width_buttons_.size(); ++i)
    if (width_buttons_[i]->isChecked()) width = static_cast<int>(i);
  return {{QStringLiteral("is_bottom_up"), is_bottom_up_},
          {QStringLiteral("width"), width},
          {QStringLiteral("hidden"), hidden_->text()},
          {QStringLiteral("least_percent"), least_->value()},
          {QStringLiteral("folds_recursion"), folding_->isChecked()}};
}

void StacksPage::setState(const QJsonObject& state) {
  if (state.isEmpty()) return;
  roots_[state[QStringLiteral("is_bottom_up")].toBool() ? 1 : 0]->click();
  const auto width = static_cast<std::size_t>(std::max(0, state[QStringLiteral("width")].toInt()));
  width_buttons_[std::min(width, width_buttons_.size() - 1)]->click();
  hidden_->setText(state[QStringLiteral("hidden")].toString());
  least_->setValue(state[QStringLiteral("least_percent")].toDouble());
  folding_->setChecked(state[QStringLiteral("folds_recursion")].toBool());
  if (!findings_) return;
  hideFrames();
  showTrees();
}

QString StacksPage::sampleText() const { return sample_->text(); }
QString StacksPage::foundText() const { return found_->text(); }

void StacksPage::showIcicle() {
  if (!findings_) return;
  icicle_->show(without_hidden_ ? std::shared_ptr<const void>(without_hidden_) : findings_,
                is_bottom_up_ ? &bottomUp() : &topDown(),
                !findings_->isComparison()              ? IcicleColours::kOneSide
                : findings_->comparison.within_run_only ? IcicleColours::kMoreOfSide
                                                        : IcicleColours::kChange);
}

const analyzer::StackNode& StacksPage::topDown() const {
  return without_hidden_ ? without_hidden_->top_down : findings_->comparison.stacks;
}

const analyzer::StackNode& StacksPage::bottomUp() const {
  return without_hidden_ ? without_hidden_->bottom_up : findings_->bottom_up;
}

void StacksPage::hideFrames() {
  without_hidden_.reset();
  std::vector<QRegularExpression> patterns;
  for (const QString& word : hidden_->text().split(QRegularExpression(QStringLiteral("[,\\s]+")), Qt::SkipEmptyParts))
    patterns.emplace_back(QRegularExpression::wildcardToRegularExpression(word));
  if (!findings_ || (patterns.empty() && !folding_->isChecked() && least_->value() <= 0)) return;
  auto trees = std::make_shared<Trees>();
  trees->top_down = analyzer::without_functions(findings_->comparison.stacks, [&patterns](const std::string& function) {
    const QString name = QString::fromStdString(function);
    return std::any_of(patterns.begin(), patterns.end(),
                       [&name](const QRegularExpression& pattern) { return pattern.match(name).hasMatch(); });
  });
  if (folding_->isChecked()) trees->top_down = analyzer::without_recursion(trees->top_down);
  // From whole trees, so that the sums of both are the same; then each without what is small in it.
  trees->bottom_up = analyzer::without_small(analyzer::bottom_up(trees->top_down), least_->value() / 100);
  trees->top_down = analyzer::without_small(trees->top_down, least_->value() / 100);
  without_hidden_ = std::move(trees);
}

void StacksPage::showFindings(const FindingsPtr& findings) {
  findings_ = findings;
  const bool two = findings->isComparison();
  sample_->setText(sampleTextOf(findings->runs->stacks));
  sample_->setVisible(!sample_->text().isEmpty());
  widths_->setVisible(two);
  hideFrames();
  showTrees();
}

void StacksPage::showTrees() {
  if (!findings_) return;
  const FindingsPtr& findings = findings_;
  const bool two = findings->isComparison();
  const std::shared_ptr<const void> owner = without_hidden_ ? std::shared_ptr<const void>(without_hidden_) : findings_;
  showIcicle();
  top_down_->show(owner, &topDown(), two);
  bottom_up_->show(owner, &bottomUp(), two);
  if (!findings->functions.empty()) chooseFunction(findings->functions.front().function);
  for (QTreeView* const tree : trees_) {
    for (const int column : {StackTreeModel::kAfter, StackTreeModel::kChange}) tree->setColumnHidden(column, !two);
    tree->expandToDepth(2);
    tree->header()->setSectionResizeMode(StackTreeModel::kFunction, QHeaderView::Stretch);
    tree->header()->setStretchLastSection(false);
  }
}

void StacksPage::chooseFunction(const std::string& function) {
  if (!findings_) return;
  const auto around = std::make_shared<const analyzer::CallerCallee>(analyzer::caller_callee(topDown(), function));
  callers_->show(around, &around->callers, findings_->isComparison());
  callees_->show(around, &around->callees, findings_->isComparison());
  tabs_->setTabText(2, tr("Callers and callees of %1").arg(shown(function)));
  for (std::size_t i = 2; i < trees_.size(); ++i) trees_[i]->expandToDepth(2);
}

}  // namespace socklock::gui
