// SPDX-License-Identifier: GPL-2.0-or-later
// What a change would leave: pick a lock class and what would be done to it.
#pragma once

#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QScrollArea>
#include <QSpinBox>
#include <vector>

#include "gui/jobs/background.h"
#include "gui/jobs/what_if_data.h"
#include "gui/views/page.h"

namespace socklock::gui {

class MessageBar;
class WhatIfView;

class WhatIfPage : public Page {
  Q_OBJECT
 public:
  explicit WhatIfPage(QWidget* parent = nullptr);
  // Estimates only when the page is seen.
  void showFindings(const FindingsPtr& findings) override;
  void chooseClass(const QString& lock_class) override;
  [[nodiscard]] bool isSettled() const override { return !isVisible() || (!worker_.isBusy() && !needs_estimate_); }

  [[nodiscard]] QComboBox* classes() const { return classes_; }
  [[nodiscard]] QComboBox* kinds() const { return kinds_; }
  [[nodiscard]] QSpinBox* number() const { return number_; }
  [[nodiscard]] const std::vector<QCheckBox*>& paths() const { return paths_; }
  // Assumptions, model, and what it can't know.
  [[nodiscard]] QString words() const { return words_->text(); }
  // Why nothing is estimated; empty where something is.
  [[nodiscard]] QString refusal() const;
  [[nodiscard]] const WhatIfAnswer& answer() const { return answer_; }

 protected:
  void showEvent(QShowEvent* event) override;

 private:
  QLayout* makeControls();
  void listPaths();
  void ask();
  void estimate();
  void showAnswer(const WhatIfAnswer& answer);
  [[nodiscard]] WhatIfChoice choice() const;

  FindingsPtr findings_;
  QComboBox* classes_;
  QComboBox* kinds_;
  QSpinBox* number_;
  QWidget* path_row_;
  std::vector<QCheckBox*> paths_;
  MessageBar* message_;
  WhatIfView* view_;
  QLabel* words_;
  QScrollArea* scroll_;
  WhatIfAnswer answer_;
  WhatIfUses known_;
  Background worker_;
  bool needs_estimate_ = false;
};

}  // namespace socklock::gui
