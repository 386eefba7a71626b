// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/views/query_page.h"

#include <QApplication>
#include <QClipboard>
#include <QFileDialog>
#include <QFontDatabase>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QJsonObject>
#include <QShortcut>
#include <QSortFilterProxyModel>
#include <QSplitter>
#include <QVBoxLayout>
#include <array>

#include "analyzer/query/table.h"
#include "gui/jobs/recording.h"
#include "gui/models/text.h"
#include "gui/views/item_views.h"

namespace socklock::gui {
namespace {

struct Example {
  const char* title;
  const char* sql;
};

constexpr std::array<Example, 7> kExamples{{
    {QT_TRANSLATE_NOOP("QObject", "Which locks are waited for most, in each run"),
     "SELECT run, lock_class, sum(contentions) AS waits, sum(wait_ns) AS wait_ns\nFROM totals\nGROUP BY run, "
     "lock_class\nORDER BY wait_ns DESC\nLIMIT 50"},
    {QT_TRANSLATE_NOOP("QObject", "The longest single waits, and when"),
     "SELECT run, begin_ns, wait_ns, lock_class, call_path, function, cpu\nFROM events\nORDER BY wait_ns DESC\nLIMIT "
     "50"},
    {QT_TRANSLATE_NOOP("QObject", "Which threads waited longest"),
     "SELECT run, t.comm, t.tid, count(*) AS waits, sum(e.wait_ns * e.weight) AS wait_ns\nFROM events e JOIN threads t "
     "USING (run, thread)\nGROUP BY run, t.thread\nORDER BY wait_ns DESC\nLIMIT 50"},
    {QT_TRANSLATE_NOOP("QObject", "How contention changed over time"),
     "SELECT run, interval, lock_class, sum(contentions) AS waits, sum(wait_ns) AS wait_ns\nFROM waits\nGROUP BY run, "
     "interval, lock_class\nORDER BY run, interval"},
    {QT_TRANSLATE_NOOP("QObject", "Which buckets of a table are waited for"),
     "SELECT run, l.table_name, l.bucket, sum(t.contentions) AS waits, sum(t.wait_ns) AS wait_ns\nFROM totals t JOIN "
     "locks l USING (run, lock)\nWHERE l.fact = 'table'\nGROUP BY run, l.table_name, l.bucket\nORDER BY wait_ns "
     "DESC\nLIMIT 50"},
    {QT_TRANSLATE_NOOP("QObject", "Through which call stacks they came"),
     "SELECT run, sum(t.wait_ns) AS wait_ns, s.frames\nFROM totals t JOIN stacks s USING (run, stack)\nGROUP BY run, "
     "s.frames\nORDER BY wait_ns DESC\nLIMIT 50"},
    {QT_TRANSLATE_NOOP("QObject", "What is missing, and why"), "SELECT * FROM losses WHERE count > 0"},
}};

}  // namespace

QueryPage::QueryPage(QWidget* parent)
    : Page(parent),
      examples_(new QComboBox(this)),
      ask_(new QPushButton(tr("&Ask"), this)),
      save_(new QPushButton(tr("Sa&ve rows…"), this)),
      copy_(new QPushButton(tr("Copy as command"), this)),
      editor_(new QPlainTextEdit(this)),
      tables_(new QTreeWidget(this)),
      notice_(new QLabel(this)),
      words_(new QLabel(this)),
      model_(new QueryModel(this)),
      proxy_(new QSortFilterProxyModel(this)),
      table_(new QTableView(this)) {
  auto* const splitter = new QSplitter(Qt::Vertical, this);
  splitter->addWidget(makeEditor());
  splitter->addWidget(makeResult());
  splitter->setSizes({200, 360});
  splitter->setChildrenCollapsible(false);
  auto* const layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 4, 0, 0);
  layout->addLayout(makeControls());
  layout->addWidget(splitter, 1);
  for (const auto key : {Qt::Key_Return, Qt::Key_Enter}) {
    auto* const asks = new QShortcut(QKeySequence(Qt::CTRL | key), this);
    asks->setContext(Qt::WidgetWithChildrenShortcut);
    connect(asks, &QShortcut::activated, this, &QueryPage::ask);
  }
  connect(&job_, &Background::busyChanged, this, [this](bool is_busy) {
    ask_->setText(is_busy ? tr("&Cancel") : tr("&Ask"));
    if (is_busy) words_->setText(tr("Asking…"));
  });
}

QLayout* QueryPage::makeControls() {
  examples_->setAccessibleName(tr("Questions to begin with"));
  for (const Example& example : kExamples)
    examples_->addItem(QObject::tr(example.title), QString::fromUtf8(example.sql));
  examples_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  examples_->setMinimumContentsLength(34);
  ask_->setToolTip(tr("Ctrl+Enter"));
  save_->setToolTip(tr("All rows that the query answers, as CSV or JSON"));
  copy_->setToolTip(tr("The same question for a shell: socklock query"));
  notice_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  auto* const label = new QLabel(tr("&Question"), this);
  label->setBuddy(examples_);
  auto* const bar = new QHBoxLayout;
  for (QWidget* const widget : std::initializer_list<QWidget*>{label, examples_, ask_, save_, copy_})
    bar->addWidget(widget);
  bar->addSpacing(12);
  bar->addWidget(notice_, 1);
  connect(examples_, &QComboBox::activated, this, [this] {
    editor_->setPlainText(examples_->currentData().toString());
    ask();
  });
  connect(ask_, &QPushButton::clicked, this, [this] { job_.isBusy() ? cancel() : ask(); });
  connect(save_, &QPushButton::clicked, this, &QueryPage::chooseFile);
  connect(copy_, &QPushButton::clicked, this, [this] { QApplication::clipboard()->setText(commandLine()); });
  return bar;
}

QWidget* QueryPage::makeEditor() {
  editor_->setAccessibleName(tr("SQL"));
  editor_->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
  editor_->setPlaceholderText(
      tr("SELECT … FROM …; Ctrl+Enter asks. A double click on a table or column puts it here."));
  editor_->setTabChangesFocus(true);
  editor_->setPlainText(QString::fromUtf8(kExamples.front().sql));
  listTables();
  auto* const part = new QSplitter(Qt::Horizontal, this);
  part->addWidget(editor_);
  part->addWidget(tables_);
  part->setStretchFactor(0, 3);
  part->setStretchFactor(1, 2);
  part->setChildrenCollapsible(false);
  return part;
}

// With what columns mean, so that nobody has to leave the page for it.
void QueryPage::listTables() {
  setUpTree(tables_, tr("Tables and columns"));
  tables_->setHeaderLabels({tr("table, column"), tr("unit"), tr("meaning")});
  tables_->headerItem()->setToolTip(0, tr("Names for a query; a double click puts one into it"));
  tables_->headerItem()->setToolTip(1, tr("Of the numbers in the column"));
  tables_->headerItem()->setToolTip(2, tr("What is in it, as socklock query --tables says it"));
  for (const analyzer::QueryTable& table : analyzer::query_tables()) {
    auto* const item =
        new QTreeWidgetItem(tables_, {shown(std::string(table.name)), {}, shown(std::string(table.meaning))});
    item->setToolTip(2, shown(std::string(table.meaning)));
    for (const analyzer::TableColumn& column : table.columns) {
      auto* const below = new QTreeWidgetItem(
          item, {shown(std::string(column.name)), shown(std::string(column.unit)), shown(std::string(column.meaning))});
      below->setToolTip(2, shown(std::string(column.meaning)));
    }
  }
  tables_->setColumnWidth(0, 170);
  tables_->setColumnWidth(1, 50);
  connect(tables_, &QTreeWidget::itemDoubleClicked, this, &QueryPage::insertName);
  connect(tables_, &QTreeWidget::itemActivated, this, &QueryPage::insertName);
}

void QueryPage::insertName(const QTreeWidgetItem* item) {
  editor_->insertPlainText(item->text(0));
  editor_->setFocus();
}

QWidget* QueryPage::makeResult() {
  setUpTable(table_, tr("Rows that were answered"));
  proxy_->setSourceModel(model_);
  proxy_->setSortRole(QueryModel::kSortRole);
  table_->setModel(proxy_);
  table_->setSortingEnabled(true);
  table_->sortByColumn(-1, Qt::AscendingOrder);  // as they were asked for
  table_->verticalHeader()->show();
  words_->setWordWrap(true);
  words_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  auto* const part = new QWidget(this);
  auto* const layout = new QVBoxLayout(part);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(words_);
  layout->addWidget(table_, 1);
  connect(table_, &QTableView::activated, this, &QueryPage::showMoment);
  return part;
}

void QueryPage::showFindings(const FindingsPtr& findings) {
  if (!findings_ || queriedTraces(*findings_) != queriedTraces(*findings)) {
    runs_.reset();
    is_asked_ = false;
    job_.cancel();
    model_->show({}, {});
    words_->setText(
        tr("%1 recordings, numbered from 1: those before, then those after.").arg(queriedTraces(*findings).size()));
  }
  findings_ = findings;
  notice_->setText(findings->question.filter.is_empty()
                       ? QString()
                       : tr("The recordings are asked whole: the filter is not applied."));
  notice_->setToolTip(notice_->text());
}

// Sums are cheap, and an answer shows what the page is for.
void QueryPage::showEvent(QShowEvent* event) {
  Page::showEvent(event);
  if (!is_asked_ && editor_->toPlainText() == examples_->itemData(0).toString()) ask();
}

void QueryPage::ask() {
  if (!findings_) return;
  is_asked_ = true;
  job_.start([findings = findings_, runs = runs_, sql = editor_->toPlainText().toStdString()](
                 Watch& watch) { return askRuns(*findings, runs, sql, watch); },
             [this](QueryAnswer answer) { showAnswer(std::move(answer)); });
}

void QueryPage::cancel() {
  job_.cancel();
  words_->setText(tr("Cancelled."));
}

void QueryPage::showAnswer(QueryAnswer answer) {
  runs_ = std::move(answer.runs);
  if (answer.error) {
    words_->setText(shown(answer.error->what));
    return;
  }
  const auto rows = answer.rows.size();
  model_->show(std::move(answer.columns), std::move(answer.rows));
  table_->sortByColumn(-1, Qt::AscendingOrder);
  table_->resizeColumnsToContents();
  QString words = rows == 1 ? tr("1 row") : tr("%1 rows").arg(count(static_cast<double>(rows)));
  if (answer.is_cut)
    words = tr("The first %1 rows; Save rows writes all of them").arg(count(static_cast<double>(rows)));
  if (model_->number(0, "run") && model_->number(0, "begin_ns"))
    words += tr("; Enter or a double click on a row shows it on the timeline");
  words_->setText(words);
}

void QueryPage::showMoment(const QModelIndex& index) {
  const int row = proxy_->mapToSource(index).row();
  const auto run = model_->number(row, "run"), begin_ns = model_->number(row, "begin_ns");
  if (!run || !begin_ns || *run == 0) return;
  std::uint64_t end_ns = *begin_ns + model_->number(row, "wait_ns").value_or(0);
  if (const auto end = model_->number(row, "end_ns")) end_ns = *end;
  const std::vector<std::string> traces = queriedTraces(*findings_);
  if (*run <= traces.size()) Q_EMIT momentAsked(QString::fromStdString(traces[*run - 1]), *begin_ns, end_ns);
}

void QueryPage::chooseFile() {
  if (!findings_) return;
  auto* const dialog = new QFileDialog(this, tr("Save rows"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setAcceptMode(QFileDialog::AcceptSave);
  dialog->setNameFilters({tr("CSV (*.csv)"), tr("JSON (*.json)")});
  dialog->setDefaultSuffix(QStringLiteral("csv"));
  dialog->selectFile(tr("socklock-query.csv"));
  connect(dialog, &QFileDialog::fileSelected, this, &QueryPage::save);
  dialog->open();
}

void QueryPage::save(const QString& file) {
  job_.start([findings = findings_, runs = runs_, sql = editor_->toPlainText().toStdString(),
              file = file.toStdString()](Watch& watch) { return writeAnswer(*findings, runs, sql, file, watch); },
             [this, file](const Result<void>& result) {
               words_->setText(result ? tr("Written: %1").arg(file) : shown(result.error().message()));
               Q_EMIT saved(result.has_value());
             });
}

QString QueryPage::commandLine() const {
  if (!findings_) return {};
  QStringList words{QStringLiteral("socklock"), QStringLiteral("query")};
  for (const std::string& trace : queriedTraces(*findings_)) words.append(QString::fromStdString(trace));
  words.append(editor_->toPlainText());
  return shellWords(words);
}

QJsonObject QueryPage::state() const { return {{QStringLiteral("sql"), editor_->toPlainText()}}; }

void QueryPage::setState(const QJsonObject& state) {
  if (const QString sql = state[QStringLiteral("sql")].toString(); !sql.isEmpty()) editor_->setPlainText(sql);
}

}  // namespace socklock::gui
