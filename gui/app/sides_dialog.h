// SPDX-License-Identifier: GPL-2.0-or-later
// Which traces are which side: add, remove, move across, swap.
#pragma once

#include <QDialog>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>

namespace socklock::gui {

class SidesDialog : public QDialog {
  Q_OBJECT
 public:
  explicit SidesDialog(QWidget* parent = nullptr);
  void setSides(const QStringList& before, const QStringList& after);
  void setLabels(const QString& before, const QString& after);
  [[nodiscard]] QStringList before() const;
  [[nodiscard]] QStringList after() const;
  void swap();
  [[nodiscard]] QPushButton* okButton() const { return ok_; }

 Q_SIGNALS:
  void chosen(const QStringList& before, const QStringList& after, const QString& label_before,
              const QString& label_after);

 private:
  QWidget* makeSide(const QString& title, QListWidget* list, QListWidget* other, QLineEdit* label);
  void addFiles(QListWidget* list);
  void updateWords();

  QListWidget* before_;
  QListWidget* after_;
  QLineEdit* label_before_;
  QLineEdit* label_after_;
  QLabel* words_;
  QPushButton* ok_;
};

// A guess which of several traces are the side before: by the labels of their recordings where there are two,
// else by the time of recording, the older half. Traces that can't be read are taken last.
void guessSides(const QStringList& paths, QStringList& before, QStringList& after);

}  // namespace socklock::gui
