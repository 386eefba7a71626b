// SPDX-License-Identifier: GPL-2.0-or-later
// Measured wait beside the estimated one, and what would be left over how far a change goes. What the model leaves open
// is hatched, so that nobody takes an estimate for a measurement.
#pragma once

#include <QWidget>

#include "gui/jobs/what_if_data.h"

namespace socklock::gui {

struct Theme;

class WhatIfView : public QWidget {
  Q_OBJECT
 public:
  explicit WhatIfView(QWidget* parent = nullptr);
  // Nothing to be drawn where it was refused.
  void show(const WhatIfAnswer& answer);
  [[nodiscard]] QSize sizeHint() const override { return {760, 420}; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  struct Bar {
    QString name;
    double before_ns = 0;
    analyzer::Prospect after_ns;
  };
  void paintBars(QPainter& painter, const Theme& theme, const QRectF& area) const;
  void paintBar(QPainter& painter, const Theme& theme, const Bar& bar, const QRectF& row) const;
  void paintCurve(QPainter& painter, const Theme& theme, const QRectF& area) const;
  [[nodiscard]] QString curveAxis() const;

  WhatIfAnswer answer_;
  std::vector<Bar> bars_;
  double most_ns_ = 1;
  double most_left_ = 1;
};

}  // namespace socklock::gui
