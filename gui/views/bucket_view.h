// SPDX-License-Identifier: GPL-2.0-or-later
// The buckets of a hash table side by side: which of their locks are hot, before (up) and after (down).
#pragma once

#include <QComboBox>
#include <QLabel>

#include "gui/views/page.h"

namespace socklock::gui {

class BucketView : public QWidget {
  Q_OBJECT
 public:
  explicit BucketView(QWidget* parent = nullptr);
  void show(const FindingsPtr& findings, std::size_t table);
  QSize minimumSizeHint() const override { return {400, 200}; }
  [[nodiscard]] std::size_t shownBuckets() const { return buckets_; }

 Q_SIGNALS:
  void activated(const socklock::analyzer::Filter& more, const QString& what);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool event(QEvent* event) override;

 private:
  [[nodiscard]] QRectF plot() const;
  [[nodiscard]] double x(std::uint32_t index) const;
  [[nodiscard]] const analyzer::BucketWait* bucketAt(double x) const;
  [[nodiscard]] QString textOf(const analyzer::BucketWait& bucket) const;
  void activate(const analyzer::BucketWait& bucket);
  void paintAxes(QPainter& painter, double max) const;
  void paintBars(QPainter& painter, double max) const;
  [[nodiscard]] const analyzer::TableBuckets* table() const;

  FindingsPtr findings_;
  std::size_t table_ = 0;
  std::size_t buckets_ = 0;
  std::optional<std::size_t> current_;  // of the keyboard, in table()->buckets
};

class BucketPage : public Page {
  Q_OBJECT
 public:
  explicit BucketPage(QWidget* parent = nullptr);
  void showFindings(const FindingsPtr& findings) override;
  [[nodiscard]] BucketView* view() const { return view_; }
  [[nodiscard]] QComboBox* tables() const { return tables_; }

 private:
  void showTable();

  FindingsPtr findings_;
  BucketView* view_;
  QComboBox* tables_;
  QLabel* words_;
};

}  // namespace socklock::gui
