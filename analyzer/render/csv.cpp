// SPDX-License-Identifier: GPL-2.0-or-later
// The document's one flat table (RFC 4180). An empty cell is "not measured" or "there is none", never 0.
#include <fmt/format.h>

#include "analyzer/document/document.h"
#include "analyzer/render/formats.h"
#include "base/text.h"

namespace socklock::analyzer {
namespace {

std::string csv_of(const Figure& figure) {
  if (!figure.is_measured()) return "";
  if (const auto truth = figure.truth()) return *truth ? "true" : "false";
  if (const auto whole = figure.whole_number()) return std::to_string(*whole);
  if (figure.unit() == Unit::kNone) return figure.is_term() ? figure.text() : csv_cell(figure.text());
  return fmt::format("{}", figure.number().value_or(0));
}

}  // namespace

Result<std::string> render_csv(const Document& document) {
  std::string text;
  for (const Column& column : document.rows.columns) text += (text.empty() ? "" : ",") + column.id;
  text += "\r\n";
  for (const auto& row : document.rows.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) text += (i == 0 ? "" : ",") + csv_of(row[i]);
    text += "\r\n";
  }
  return text;
}

}  // namespace socklock::analyzer
