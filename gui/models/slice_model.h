// SPDX-License-Identifier: GPL-2.0-or-later
// Slices of a comparison as a table. Every figure is the analyzer's; sorting goes by figures, not by text.
#pragma once

#include <QAbstractTableModel>

#include "gui/jobs/analysis.h"

namespace socklock::gui {

class SliceModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column {
    kName,
    kRole,
    kBefore,
    kAfter,
    kChange,
    kEffect,
    kVerdict,
    kQ,
    kContentionsBefore,
    kContentionsAfter,
    kP99Before,
    kP99After,
    kShareBefore,
    kShareAfter,
    kColumns
  };
  enum Role { kSortRole = Qt::UserRole, kSliceRole, kBarRole };

  explicit SliceModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}
  void show(const FindingsPtr& findings);

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

  [[nodiscard]] const analyzer::SliceComparison* slice(int row) const;
  // Of a column: never translated, what settings name it by.
  [[nodiscard]] static QString idOf(int column);
  // Whether the column has anything to say about what is shown.
  [[nodiscard]] bool isUseful(int column) const;
  // Largest ratio, or inverse of one, that the effect column has to show; at least 2.
  [[nodiscard]] double effectSpan() const { return effect_span_; }
  [[nodiscard]] double threshold() const;
  [[nodiscard]] const FindingsPtr& findings() const { return findings_; }

 private:
  [[nodiscard]] QVariant text(const analyzer::SliceComparison& slice, int column) const;
  [[nodiscard]] QVariant sortKey(const analyzer::SliceComparison& slice, int column) const;
  [[nodiscard]] QString title(int column) const;
  [[nodiscard]] QString definition(int column) const;

  FindingsPtr findings_;
  double max_wait_ = 0;
  double effect_span_ = 2;
};

}  // namespace socklock::gui
