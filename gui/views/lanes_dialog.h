// SPDX-License-Identifier: GPL-2.0-or-later
// Which lanes of the timeline are shown: all that there are, with a mark each.
#pragma once

#include <QDialog>
#include <QLineEdit>
#include <QListWidget>
#include <set>
#include <string>
#include <vector>

namespace socklock::gui {

class LanesDialog : public QDialog {
  Q_OBJECT
 public:
  LanesDialog(const std::vector<std::string>& lanes, const std::set<std::string>& hidden, QWidget* parent);
  [[nodiscard]] QListWidget* list() const { return list_; }
  [[nodiscard]] QLineEdit* search() const { return search_; }
  // Of those that the search shows.
  void setAll(bool are_shown);

 Q_SIGNALS:
  void chosen(const std::set<std::string>& hidden);

 private:
  void narrow();
  void tell();

  QLineEdit* search_;
  QListWidget* list_;
  bool is_changing_ = false;
};

}  // namespace socklock::gui
