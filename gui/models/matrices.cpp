// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/models/matrices.h"

#include <QObject>
#include <array>
#include <cstddef>

#include "gui/models/text.h"

namespace socklock::gui {
namespace {

using analyzer::CallPath;
using analyzer::HolderComparison;
using analyzer::SliceComparison;
using analyzer::Verdict;

constexpr std::size_t kPaths = analyzer::kCallPaths;

analyzer::Filter filterOf(CallPath path) {
  analyzer::Filter filter;
  filter.path = path;
  return filter;
}

// Which of these are used, as lines; line_of their positions.
std::vector<MatrixLine> linesOf(const std::array<bool, kPaths>& used, std::array<std::size_t, kPaths>& line_of) {
  std::vector<MatrixLine> lines;
  for (std::size_t path = 0; path < kPaths; ++path) {
    line_of[path] = lines.size();
    const auto name = static_cast<CallPath>(path);
    if (used[path]) lines.push_back({shown(analyzer::name_of(name)), filterOf(name)});
  }
  return lines;
}

MatrixCell cellOf(const Findings& findings, const SliceComparison& slice) {
  const QString unit = unitName(findings.comparison.unit), name = shown(slice.name);
  const double before = slice.before.wait_ns_per_unit, after = slice.after.wait_ns_per_unit;
  const QString help = findings.isComparison() ? QObject::tr("%1: %2 of wait per %3 before, %4 after\n%5, %6")
                                                     .arg(name, ns(before), unit, ns(after), effectText(slice),
                                                          verdictText(findings.comparison, slice.verdict))
                                               : QObject::tr("%1: %2 of wait per %3").arg(name, ns(before), unit);
  const bool is_clear = !findings.comparison.within_run_only &&
                        (slice.verdict == Verdict::kImproved || slice.verdict == Verdict::kRegressed);
  return {before, after, is_clear, help};
}

MatrixCell cellOf(const Findings& findings, const HolderComparison& row) {
  const QString waiter = shown(analyzer::name_of(row.waiter));
  const QString holder = row.holder ? shown(analyzer::name_of(*row.holder)) : QObject::tr("(not known)");
  const QString unit = unitName(findings.comparison.unit);
  const QString help = findings.isComparison()
                           ? QObject::tr("%1 waits for %2: %3 per %4 before, %5 after")
                                 .arg(waiter, holder, ns(row.before_ns), unit, ns(row.after_ns))
                           : QObject::tr("%1 waits for %2: %3 per %4").arg(waiter, holder, ns(row.before_ns), unit);
  return {row.before_ns, row.after_ns, false, help};
}

QString whyNoHolders(const Findings& findings) {
  const auto& held = findings.comparison.held;
  const std::string& why = held.before_why_not.empty() ? held.after_why_not : held.before_why_not;
  return why.empty() ? QObject::tr("Nobody waited for the owner of a socket.")
                     : QObject::tr("Who held the socket was not measured: %1").arg(shown(why));
}

}  // namespace

Matrix classPathMatrix(const Findings& findings) {
  const auto& comparison = findings.comparison;
  Matrix matrix;
  matrix.is_comparison = findings.isComparison();
  std::array<bool, kPaths> used{};
  std::array<std::size_t, kPaths> column_of{};
  for (const SliceComparison& slice : comparison.class_paths)
    if (slice.path) used[static_cast<std::size_t>(*slice.path)] = true;
  matrix.columns = linesOf(used, column_of);
  matrix.why_empty = QObject::tr("No waits to show.");
  for (const SliceComparison& slice : comparison.classes) {
    analyzer::Filter of_class;
    of_class.lock_class = slice.name;
    matrix.rows.push_back({shown(slice.name), of_class});
    auto& row = matrix.cells.emplace_back(matrix.columns.size());
    for (const SliceComparison& cell : comparison.class_paths)
      if (cell.lock_class == slice.lock_class && cell.path)
        row[column_of[static_cast<std::size_t>(*cell.path)]] = cellOf(findings, cell);
  }
  return matrix;
}

Matrix waiterHolderMatrix(const Findings& findings) {
  const auto holders = holders_of(findings.comparison.held, false);
  Matrix matrix;
  matrix.is_comparison = findings.isComparison();
  matrix.why_empty = whyNoHolders(findings);
  std::array<bool, kPaths> waits{}, holds{};
  std::array<std::size_t, kPaths> row_of{}, column_of{};
  bool is_any_not_known = false;
  for (const HolderComparison& row : holders) {
    waits[static_cast<std::size_t>(row.waiter)] = true;
    if (row.holder)
      holds[static_cast<std::size_t>(*row.holder)] = true;
    else
      is_any_not_known = true;
  }
  matrix.rows = linesOf(waits, row_of);
  matrix.columns = linesOf(holds, column_of);
  // A filter has no condition on the holder.
  for (MatrixLine& column : matrix.columns) column.filter = {};
  const std::size_t not_known = matrix.columns.size();
  if (is_any_not_known) matrix.columns.push_back({QObject::tr("(not known)"), {}});
  matrix.cells.resize(matrix.rows.size());
  for (auto& row : matrix.cells) row.resize(matrix.columns.size());
  for (const HolderComparison& row : holders) {
    const std::size_t column = row.holder ? column_of[static_cast<std::size_t>(*row.holder)] : not_known;
    matrix.cells[row_of[static_cast<std::size_t>(row.waiter)]][column] = cellOf(findings, row);
  }
  return matrix;
}

}  // namespace socklock::gui
