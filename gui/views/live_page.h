// SPDX-License-Identifier: GPL-2.0-or-later
// What is waited for now: rates by class, path, process and so on, and the last minute on a timeline that moves.
#pragma once

#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTableView>
#include <memory>

#include "gui/jobs/live_feed.h"

namespace socklock::gui {

class LiveModel;
class TimelineView;
struct ChosenWait;

class LivePage : public QWidget {
  Q_OBJECT
 public:
  explicit LivePage(QWidget* parent = nullptr);

  // What was watched before is let go. Errors as of LiveFeed::start().
  Result<void> watch(const analyzer::Taxonomy& taxonomy, const LiveSource& source);
  void stop();
  [[nodiscard]] bool isRecording() const { return feed_ && feed_->isRecording(); }
  void saveTo(const QString& file);

  [[nodiscard]] TimelineView* view() const { return view_; }
  [[nodiscard]] QTableView* table() const { return table_; }
  [[nodiscard]] LiveModel* model() const { return model_; }
  [[nodiscard]] QComboBox* grouping() const { return grouping_; }
  [[nodiscard]] QLineEdit* search() const { return search_; }
  [[nodiscard]] QPushButton* freezeButton() const { return freeze_; }
  [[nodiscard]] QPushButton* stopButton() const { return stop_; }
  [[nodiscard]] QPushButton* openButton() const { return open_; }
  [[nodiscard]] QString figures() const { return figures_->text(); }
  [[nodiscard]] QString details() const { return details_->toPlainText(); }
  [[nodiscard]] const LiveMomentPtr& moment() const { return moment_; }

 Q_SIGNALS:
  void saveWanted();
  // To be analyzed as any trace is.
  void openWanted();
  void saved(const QString& file);
  void failed(const socklock::Error& error);
  // The recorder has ended.
  void ended();

 private:
  QLayout* makeHead();
  QLayout* makeControls();
  void connectFeed();
  void show(const LiveMomentPtr& moment);
  void showRows();
  void showWaits();
  void setFrozen(bool is_frozen);

  std::unique_ptr<LiveFeed> feed_;
  LiveMomentPtr moment_;
  double shown_begin_ns_ = -1;  // of the trace: where the timeline begins that is shown; less than 0: none is
  QLabel* source_;
  QLabel* figures_;
  QComboBox* grouping_;
  QComboBox* lanes_;
  QLineEdit* search_;
  QPushButton* all_;
  QPushButton* freeze_;
  QPushButton* save_;
  QPushButton* open_;
  QPushButton* stop_;
  TimelineView* view_;
  QPlainTextEdit* details_;
  LiveModel* model_;
  QTableView* table_;
};

}  // namespace socklock::gui
