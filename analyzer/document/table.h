// SPDX-License-Identifier: GPL-2.0-or-later
// Figures in rows, each column described: what every format of a report and the viewer show.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/document/figure.h"

namespace socklock::analyzer {

// How much there is room for. Each shows what those before it show, and more.
enum class Detail : std::uint8_t {
  kLines,   // 72 or 80 columns of text
  kMarkup,  // Markdown in a forge
  kPage,    // HTML
  kScreen,  // the viewer
  kRows,    // CSV: every figure of a slice that fits a flat row
  kData,    // JSON: everything
};

enum class Align : std::uint8_t { kRight, kLeft };

struct Column {
  std::string id;  // of CSV and JSON, and the column's identity in the viewer: "before_wait_ns_per_unit"
  std::string title;
  std::string definition = {};  // a sentence: tooltips, schemas, manual
  Unit unit = Unit::kNone;
  Align align = Align::kRight;
};

// The first column of most tables: what a row is about.
inline Column names_column(std::string title) { return {"name", std::move(title), "", Unit::kNone, Align::kLeft}; }

struct Table {
  std::string id;       // "classes"
  std::string heading;  // for pages; text does without
  std::string note;     // what could not be measured, and why; how to read it
  std::vector<Column> columns;
  std::vector<std::vector<Figure>> rows;
  std::size_t more = 0;  // rows beyond the limit

  // Keeps `limit` rows, 0: all.
  void cut_rows(std::size_t limit) {
    if (limit == 0 || rows.size() <= limit) return;
    more += rows.size() - limit;
    rows.resize(limit);
  }
};

}  // namespace socklock::analyzer
