// SPDX-License-Identifier: GPL-2.0-or-later
// What a change did to the hosts that have it, against hosts that have not: the verdict, lock classes with their
// effects, and a dot for each host.
#pragma once

#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QTableView>
#include <QWidget>

#include "gui/jobs/fleet_job.h"
#include "gui/models/table_model.h"

namespace socklock::gui {

class EffectAxis;
class EffectDelegate;
class FleetModel;
class RunsView;
class VerdictStrip;

class FleetPage : public QWidget {
  Q_OBJECT
 public:
  explicit FleetPage(QWidget* parent = nullptr);
  void show(const FleetAnswerPtr& answer);

  [[nodiscard]] const FleetAnswerPtr& answer() const { return answer_; }
  [[nodiscard]] VerdictStrip* verdict() const { return verdict_; }
  [[nodiscard]] QTableView* table() const { return table_; }
  [[nodiscard]] FleetModel* model() const { return model_; }
  [[nodiscard]] RunsView* dots() const { return dots_; }
  [[nodiscard]] TableModel* hosts() const { return hosts_model_; }
  [[nodiscard]] QString dotsText() const { return dots_title_->text(); }

 Q_SIGNALS:
  void askAgainWanted();

 private:
  QWidget* makeHosts(QWidget* parent);
  void showHosts(int row);

  FleetAnswerPtr answer_;
  VerdictStrip* verdict_;
  QPushButton* again_;
  FleetModel* model_;
  QTableView* table_;
  EffectDelegate* effect_;
  EffectAxis* axis_;
  QLabel* dots_title_;
  RunsView* dots_;
  TableModel* hosts_model_;
  QTableView* hosts_;
};

// Lock classes, paths, hosts ... of a whole fleet by their wait.
class FleetTopPage : public QWidget {
  Q_OBJECT
 public:
  explicit FleetTopPage(QWidget* parent = nullptr);
  void show(const FleetTopPtr& top);

  [[nodiscard]] const FleetTopPtr& top() const { return top_; }
  [[nodiscard]] QComboBox* grouping() const { return grouping_; }
  [[nodiscard]] QTableView* table() const { return table_; }
  [[nodiscard]] TableModel* model() const { return model_; }
  [[nodiscard]] QString words() const { return words_->text(); }

 Q_SIGNALS:
  void asked(const socklock::gui::FleetTopWords& words);

 private:
  FleetTopPtr top_;
  QComboBox* grouping_;
  QLabel* words_;
  TableModel* model_;
  QTableView* table_;
};

}  // namespace socklock::gui
