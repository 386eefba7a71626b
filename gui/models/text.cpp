// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/models/text.h"

#include <QObject>

#include "analyzer/document/words.h"
#include "base/text.h"
#include "base/units.h"

namespace socklock::gui {

QString shown(std::string_view text) { return QString::fromStdString(printable(text)); }
QStringList stringList(const std::vector<std::string>& list) {
  QStringList all;
  for (const std::string& item : list) all.append(QString::fromStdString(item));
  return all;
}

std::vector<std::string> stdStrings(const QStringList& list) {
  std::vector<std::string> all;
  for (const QString& item : list) all.push_back(item.toStdString());
  return all;
}

QString ns(double value) { return QString::fromStdString(format_ns(value)); }
QString delta(double value) { return QString::fromStdString(analyzer::delta_text(value)); }
QString count(double value) { return QString::fromStdString(format_count(value)); }
QString percent(double share) { return QString::fromStdString(format_percent(share)); }
QString number(double value) { return QString::fromStdString(format_number(value, 3)); }
QString unitName(analyzer::WorkUnit unit) { return shown(analyzer::singular_of(unit)); }

QString effectText(const analyzer::SliceComparison& slice) {
  if (slice.before.stats.sums.contentions + slice.after.stats.sums.contentions == 0) return QStringLiteral("–");
  return shown(analyzer::effect_text(slice));
}

QString verdictText(const analyzer::Comparison& comparison, analyzer::Verdict verdict) {
  const bool is_decided = verdict == analyzer::Verdict::kImproved || verdict == analyzer::Verdict::kRegressed;
  return comparison.within_run_only && is_decided ? QObject::tr("not judged") : signedName(verdict);
}

QString signedName(analyzer::Verdict verdict) {
  QString name = QString::fromUtf8(analyzer::name_of(verdict).data());
  switch (verdict) {
    case analyzer::Verdict::kImproved: return QStringLiteral("▼ ") + name;
    case analyzer::Verdict::kRegressed: return QStringLiteral("▲ ") + name;
    case analyzer::Verdict::kUnchanged: return QStringLiteral("= ") + name;
    case analyzer::Verdict::kDiffers: return QStringLiteral("≠ ") + name;
    case analyzer::Verdict::kNotJudged: return name;
    case analyzer::Verdict::kInconclusive: break;
  }
  return QStringLiteral("? ") + name;
}

}  // namespace socklock::gui
