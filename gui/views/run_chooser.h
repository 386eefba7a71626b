// SPDX-License-Identifier: GPL-2.0-or-later
// Which runs of a side are shown: a button that says it, and opens a list of all with a mark each. One is always
// chosen.
#pragma once

#include <QFrame>
#include <QListWidget>
#include <QPushButton>
#include <vector>

namespace socklock::gui {

// Of traces what tells them apart: their files, of several of one name with their folders.
QStringList runNames(const QStringList& paths);

class RunChooser : public QPushButton {
  Q_OBJECT
 public:
  // `name` is for screen readers.
  RunChooser(const QString& name, QWidget* parent);
  // Their names, and of each the path; the first is chosen where none of `chosen` is there. Does not tell changed().
  void setRuns(const QStringList& names, const QStringList& paths, const std::vector<std::size_t>& chosen);
  [[nodiscard]] std::size_t count() const { return static_cast<std::size_t>(list_->count()); }
  [[nodiscard]] QString name(std::size_t run) const;
  [[nodiscard]] QString path(std::size_t run) const;
  // Ascending; empty only without runs.
  [[nodiscard]] std::vector<std::size_t> chosen() const;
  [[nodiscard]] bool isChosen(std::size_t run) const;
  // As setRuns().
  void setChosen(const std::vector<std::size_t>& chosen);
  // Also with the arrow down.
  void open();
  [[nodiscard]] QListWidget* list() const { return list_; }
  [[nodiscard]] QPushButton* all() const { return all_; }
  [[nodiscard]] QPushButton* alone() const { return alone_; }
  QSize minimumSizeHint() const override;
  QSize sizeHint() const override;

 Q_SIGNALS:
  // By the user.
  void changed();

 protected:
  void keyPressEvent(QKeyEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;
  void initStyleOption(QStyleOptionButton* option) const override;

 private:
  void choose(const std::vector<std::size_t>& chosen);
  static void toggle(QListWidgetItem* item);
  void takeMarks();
  void showChosen();

  QFrame* popup_;
  QListWidget* list_;
  QPushButton* all_;
  QPushButton* alone_;
  Qt::CheckState pressed_ = Qt::Unchecked;  // of the row that the mouse went down on
  bool is_filling_ = false;
};

}  // namespace socklock::gui
