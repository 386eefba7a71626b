// SPDX-License-Identifier: GPL-2.0-or-later
// The conditions that what is shown has to meet, a chip each; a click takes one away.
#pragma once

#include <QHBoxLayout>
#include <QLabel>
#include <QWidget>

#include "analyzer/measure/filter.h"

namespace socklock::gui {

class FilterBar : public QWidget {
  Q_OBJECT
 public:
  explicit FilterBar(QWidget* parent = nullptr);
  void show(const analyzer::Filter& filter);

 Q_SIGNALS:
  void removed(const socklock::analyzer::Condition& condition);
  void cleared();

 private:
  QHBoxLayout* chips_;
};

}  // namespace socklock::gui
