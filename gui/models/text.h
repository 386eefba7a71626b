// SPDX-License-Identifier: GPL-2.0-or-later
// From the analyzer's strings, which may hold anything that a trace held, to what Qt shows.
#pragma once

#include <QString>
#include <QStringList>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/compare/compare.h"

namespace socklock::gui {

// Made printable.
QString shown(std::string_view text);
QStringList stringList(const std::vector<std::string>& list);
std::vector<std::string> stdStrings(const QStringList& list);
QString ns(double value);
QString delta(double value);
QString count(double value);
QString percent(double share);
// Of three significant digits: "0.0123", "860".
QString number(double value);
// "connection".
QString unitName(analyzer::WorkUnit unit);
// What a slice's effect is, in words of the analyzer; "–" where there is none.
QString effectText(const analyzer::SliceComparison& slice);
// signedName(), but of single runs, whose difference may be chance, nothing that sounds like a verdict.
QString verdictText(const analyzer::Comparison& comparison, analyzer::Verdict verdict);
// "▼ improved", "▲ regressed", "= unchanged", "? inconclusive".
QString signedName(analyzer::Verdict verdict);

}  // namespace socklock::gui
