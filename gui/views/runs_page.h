// SPDX-License-Identifier: GPL-2.0-or-later
// The runs behind the verdict: a dot each on one scale, and as rows. One that lies apart from the others is named, and
// a click leaves it out of everything, which every report then says.
#pragma once

#include <QLabel>
#include <QPushButton>
#include <QTableView>
#include <vector>

#include "gui/models/table_model.h"
#include "gui/views/page.h"

namespace socklock::gui {

// What RunsView shows: a dot for each run or host, in a line for each side.
struct DotPlot {
  struct Dot {
    std::size_t side = 0;
    double value = 0;  // 0 and above
    QString name;
    bool is_apart = false;
  };
  std::vector<Dot> dots;
  std::vector<QString> sides;          // names of the lines, one or two
  std::vector<double> lines;           // where each side has a line: what is compared
  QString (*label)(double) = nullptr;  // of a value
};

// Dots of both sides over a logarithmic scale.
class RunsView : public QWidget {
  Q_OBJECT
 public:
  explicit RunsView(QWidget* parent = nullptr);
  void show(DotPlot plot);
  // Position among the rows of the table: the runs before, then those after; -1: none.
  void setChosen(int run);
  [[nodiscard]] int chosenRun() const { return chosen_; }
  [[nodiscard]] QPointF placeOf(int run) const;
  QSize minimumSizeHint() const override { return {300, 70}; }

 Q_SIGNALS:
  void chosen(int run);
  void leaveOutWanted(int run);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool event(QEvent* event) override;

 private:
  [[nodiscard]] int runAt(QPointF at) const;
  [[nodiscard]] double xOf(double value) const;
  void paintSide(QPainter& painter, std::size_t side) const;
  void paintAxis(QPainter& painter) const;
  [[nodiscard]] double yOf(std::size_t side) const;

  DotPlot plot_;
  double low_ = 1, high_ = 10;
  int chosen_ = -1;
};

class RunsPage : public Page {
  Q_OBJECT
 public:
  explicit RunsPage(QWidget* parent = nullptr);
  void showFindings(const FindingsPtr& findings) override;

  [[nodiscard]] RunsView* view() const { return view_; }
  [[nodiscard]] QTableView* table() const { return table_; }
  [[nodiscard]] TableModel* model() const { return model_; }
  [[nodiscard]] QString words() const { return words_->text(); }
  [[nodiscard]] QPushButton* leaveOutButton() const { return leave_out_; }
  [[nodiscard]] QPushButton* takeBackButton() const { return take_back_; }

 private:
  void leaveOutRun(int run);
  void chooseRow(int run);

  FindingsPtr findings_;
  RunsView* view_;
  TableModel* model_;
  QTableView* table_;
  QLabel* words_;
  QPushButton* leave_out_;
  QPushButton* take_back_;
};

}  // namespace socklock::gui
