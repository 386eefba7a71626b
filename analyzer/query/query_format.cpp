// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/query/query_format.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "analyzer/render/escape.h"
#include "analyzer/render/text_table.h"

namespace socklock::analyzer {
namespace {

using Json = nlohmann::ordered_json;

std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// As wide as it has to be: who asks for a long text wants to see it.
std::string table_text(const QueryResult& result) {
  std::vector<std::size_t> widths;
  std::vector<bool> is_number(result.columns.size(), true);
  for (const std::string& name : result.columns) widths.push_back(width(printable(name)));
  for (const auto& row : result.rows)
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], width(printable(row[i].text)));
      if (row[i].kind == QueryValue::Kind::kText) is_number[i] = false;
    }
  std::string text;
  const auto add_cell = [&](std::size_t column, const std::string& cell) {
    const std::string padding(widths[column] - width(cell), ' ');
    text += column == 0 ? "" : "  ";
    if (is_number[column]) text += padding;
    text += cell;
    if (!is_number[column] && column + 1 < widths.size()) text += padding;
  };
  for (std::size_t i = 0; i < widths.size(); ++i) add_cell(i, printable(result.columns[i]));
  text += '\n';
  for (std::size_t i = 0; i < widths.size(); ++i) text += (i == 0 ? "" : "  ") + std::string(widths[i], '-');
  text += '\n';
  for (const auto& row : result.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) add_cell(i, printable(row[i].text));
    text += '\n';
  }
  return text;
}

std::string csv_text(const QueryResult& result) {
  std::string text;
  for (std::size_t i = 0; i < result.columns.size(); ++i) text += (i == 0 ? "" : ",") + csv_cell(result.columns[i]);
  text += "\r\n";
  for (const auto& row : result.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) text += ',';
      text += row[i].kind == QueryValue::Kind::kText ? csv_cell(row[i].text) : row[i].text;
    }
    text += "\r\n";
  }
  return text;
}

Json value_json(const QueryValue& value) {
  if (value.kind == QueryValue::Kind::kNull) return nullptr;
  if (value.kind == QueryValue::Kind::kText) return value.text;
  std::int64_t integer = 0;
  const char* const end = value.text.data() + value.text.size();
  if (const auto parsed = std::from_chars(value.text.data(), end, integer); parsed.ptr == end) return integer;
  const double real = std::stod(value.text);
  return std::isfinite(real) ? Json(real) : Json(nullptr);
}

Json result_json(const QueryResult& result) {
  Json rows = Json::array();
  for (const auto& row : result.rows) {
    Json& cells = rows.emplace_back(Json::array());
    for (const QueryValue& value : row) cells.push_back(value_json(value));
  }
  return {{"columns", result.columns}, {"rows", std::move(rows)}};
}

}  // namespace

std::string query_text(const std::vector<QueryResult>& results, const std::string& format) {
  if (format == "json") {
    Json list = Json::array();
    for (const QueryResult& result : results) list.push_back(result_json(result));
    const Json document{{"schema", "socklock.query/1"}, {"results", std::move(list)}};
    return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  }
  std::string text;
  for (const QueryResult& result : results) {
    if (!text.empty()) text += format == "csv" ? "\r\n" : "\n";
    text += format == "csv" ? csv_text(result) : table_text(result);
  }
  return text;
}

}  // namespace socklock::analyzer
