// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/stacks_page.h"

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
    bar->addWidget(button);
    connect(button, &QRadioButton::clicked, this, [this, chosen = is_bottom_up] {
      is_bottom_up_ = chosen;
      showIcicle();
    });
  }
  makeWidths();
  bar->addWidget(widths_);
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
  bar->addStretch();
  bar->addWidget(hidden_);
  bar->addWidget(search_);
  return bar;
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

QString StacksPage::sampleText() const { return sample_->text(); }

void StacksPage::showIcicle() {
  if (!findings_) return;
  icicle_->show(without_hidden_ ? std::shared_ptr<const void>(without_hidden_) : findings_,
                is_bottom_up_ ? &bottomUp() : &topDown(), findings_->isComparison());
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
  if (!findings_ || patterns.empty()) return;
  auto trees = std::make_shared<Trees>();
  trees->top_down = analyzer::without_functions(findings_->comparison.stacks, [&patterns](const std::string& function) {
    const QString name = QString::fromStdString(function);
    return std::any_of(patterns.begin(), patterns.end(),
                       [&name](const QRegularExpression& pattern) { return pattern.match(name).hasMatch(); });
  });
  trees->bottom_up = analyzer::bottom_up(trees->top_down);
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
