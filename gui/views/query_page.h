// SPDX-License-Identifier: GPL-2.0-or-later
// SQL over the recordings that are open: questions that no other page answers.
#pragma once

#include <QComboBox>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTableView>
#include <QTreeWidget>

#include "gui/jobs/query_job.h"
#include "gui/models/query_model.h"
#include "gui/views/page.h"

class QSortFilterProxyModel;

namespace socklock::gui {

class QueryPage : public Page {
  Q_OBJECT
 public:
  explicit QueryPage(QWidget* parent = nullptr);
  void showFindings(const FindingsPtr& findings) override;
  [[nodiscard]] bool isSettled() const override { return !job_.isBusy(); }
  [[nodiscard]] QJsonObject state() const override;
  void setState(const QJsonObject& state) override;

  void ask();
  void cancel();
  // Every row, whatever is shown.
  void save(const QString& file);
  [[nodiscard]] QPlainTextEdit* editor() const { return editor_; }
  [[nodiscard]] QTableView* table() const { return table_; }
  [[nodiscard]] QComboBox* examples() const { return examples_; }
  [[nodiscard]] QTreeWidget* tables() const { return tables_; }
  [[nodiscard]] QString words() const { return words_->text(); }
  // socklock query, as the editor has it.
  [[nodiscard]] QString commandLine() const;

 Q_SIGNALS:
  void saved(bool is_done);

 private:
  QLayout* makeControls();
  QWidget* makeEditor();
  QWidget* makeResult();
  void listTables();
  void chooseFile();
  void insertName(const QTreeWidgetItem* item);
  void showAnswer(QueryAnswer answer);
  void showMoment(const QModelIndex& index);
  void showEvent(QShowEvent* event) override;

  FindingsPtr findings_;
  QueryRunsPtr runs_;
  bool is_asked_ = false;  // of these recordings
  QComboBox* examples_;
  QPushButton *ask_, *save_, *copy_;
  QPlainTextEdit* editor_;
  QTreeWidget* tables_;
  QLabel *notice_, *words_;
  QueryModel* model_;
  QSortFilterProxyModel* proxy_;
  QTableView* table_;
  Background job_;
};

}  // namespace socklock::gui
