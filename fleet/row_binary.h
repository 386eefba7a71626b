// SPDX-License-Identifier: GPL-2.0-or-later
// The columns of a row, once: from them come the table's definition, what an INSERT names, and the bytes that it sends.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fleet/row.h"

namespace socklock::fleet {

inline constexpr std::uint32_t kSchemaVersion = 2;

// Takes the values of a row, column by column.
class ColumnSink {
 public:
  virtual ~ColumnSink() = default;
  virtual void number(std::uint64_t value, unsigned bytes) = 0;
  virtual void text(std::string_view value) = 0;
  virtual void id(const Id16& value) = 0;
  virtual void texts(const std::vector<std::string>& values) = 0;
  virtual void numbers(const std::vector<std::uint64_t>& values, unsigned bytes) = 0;
};

struct ColumnOfRow {
  std::string_view name;
  std::string_view type;  // as ClickHouse has it
  std::uint32_t since;    // schema version that brought it
  void (*put)(const Row& row, ColumnSink& sink);
};
std::span<const ColumnOfRow> columns_of_rows();

// Names of the columns that a store of this schema has, with commas between.
std::string column_names(std::uint32_t schema);
// Rows in ClickHouse's RowBinary, in the order of column_names().
void append_row_binary(std::string& bytes, const Row& row, std::uint32_t schema);
void append_row_binary(std::string& bytes, std::uint64_t hash, const Name& name, std::uint32_t taxonomy);
inline constexpr std::string_view kNameColumns = "name,lock_class,role,call_path,context,function,kind,taxonomy";
// A line of JSON: what --dry-run shows.
std::string row_json(const Row& row, std::string_view table);

}  // namespace socklock::fleet
