// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/query/query_format.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/json_text.h"
#include "base/text.h"
#include "base/text_table.h"

namespace socklock::analyzer {
namespace {

using Json = nlohmann::ordered_json;

std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// Pieces of this size make few calls of the sink.
constexpr std::size_t kPieceBytes = 1 << 16;

class TextWriter : public ResultWriter {
 public:
  explicit TextWriter(TextSink sink) : sink_(std::move(sink)) {}
  Result<void> end() override { return drain(); }

 protected:
  Result<void> drain() {
    const std::string text = std::exchange(text_, {});
    return text.empty() ? Result<void>() : sink_(text);
  }
  Result<void> drain_if_full() { return text_.size() < kPieceBytes ? Result<void>() : drain(); }
  std::string text_;

 private:
  TextSink sink_;
};

// As wide as it has to be: who asks for a long text wants to see it.
class TableWriter : public TextWriter {
 public:
  using TextWriter::TextWriter;

  Result<void> columns(const std::vector<std::string>& names) override {
    SOCKLOCK_TRY(settle());
    if (count_++ > 0) text_ += '\n';
    names_.clear();
    for (const std::string& name : names) names_.push_back(printable(name));
    widths_.clear();
    for (const std::string& name : names_) widths_.push_back(width(name));
    is_number_.assign(names.size(), true);
    is_settled_ = false;
    return {};
  }

  Result<void> row(const std::vector<QueryValue>& values) override {
    std::vector<std::string> cells;
    for (const QueryValue& value : values) cells.push_back(printable(value.text));
    if (is_settled_) return write(cells);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      widths_[i] = std::max(widths_[i], width(cells[i]));
      if (values[i].kind == QueryValue::Kind::kText) is_number_[i] = false;
      held_bytes_ += cells[i].size();
    }
    held_.push_back(std::move(cells));
    return held_.size() < kHeldRows && held_bytes_ < kHeldBytes ? Result<void>() : settle();
  }

  Result<void> end() override {
    SOCKLOCK_TRY(settle());
    return TextWriter::end();
  }

 private:
  // Rows that the widths of columns are taken from.
  static constexpr std::size_t kHeldRows = 10000, kHeldBytes = 16 << 20;

  Result<void> settle() {
    if (is_settled_) return {};
    is_settled_ = true;
    SOCKLOCK_TRY(write(names_));
    for (std::size_t i = 0; i < widths_.size(); ++i) text_ += (i == 0 ? "" : "  ") + std::string(widths_[i], '-');
    text_ += '\n';
    held_bytes_ = 0;
    for (const auto& cells : std::exchange(held_, {})) SOCKLOCK_TRY(write(cells));
    return {};
  }

  Result<void> write(const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string padding(widths_[i] - std::min(widths_[i], width(cells[i])), ' ');
      text_ += i == 0 ? "" : "  ";
      if (is_number_[i]) text_ += padding;
      text_ += cells[i];
      if (!is_number_[i] && i + 1 < cells.size()) text_ += padding;
    }
    text_ += '\n';
    return drain_if_full();
  }

  std::vector<std::string> names_;
  std::vector<std::size_t> widths_;
  std::vector<bool> is_number_;
  std::vector<std::vector<std::string>> held_;
  std::size_t held_bytes_ = 0, count_ = 0;
  bool is_settled_ = true;
};

class CsvWriter : public TextWriter {
 public:
  using TextWriter::TextWriter;

  Result<void> columns(const std::vector<std::string>& names) override {
    if (count_++ > 0) text_ += "\r\n";
    for (std::size_t i = 0; i < names.size(); ++i) text_ += (i == 0 ? "" : ",") + csv_cell(names[i]);
    text_ += "\r\n";
    return {};
  }
  Result<void> row(const std::vector<QueryValue>& values) override {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) text_ += ',';
      text_ += values[i].kind == QueryValue::Kind::kText ? csv_cell(values[i].text) : values[i].text;
    }
    text_ += "\r\n";
    return drain_if_full();
  }

 private:
  std::size_t count_ = 0;
};

Json value_json(const QueryValue& value) {
  if (value.kind == QueryValue::Kind::kNull) return nullptr;
  if (value.kind == QueryValue::Kind::kText) return value.text;
  const char* const end = value.text.data() + value.text.size();
  std::int64_t integer = 0;
  if (const auto parsed = std::from_chars(value.text.data(), end, integer); parsed.ptr == end) return integer;
  double real = 0;
  const auto parsed = std::from_chars(value.text.data(), end, real);
  // JSON has no infinity.
  return parsed.ec == std::errc() && std::isfinite(real) ? Json(real) : Json(nullptr);
}

class JsonWriter : public TextWriter {
 public:
  using TextWriter::TextWriter;

  Result<void> columns(const std::vector<std::string>& names) override {
    text_ += count_ == 0 ? kHead : kAfterRows;
    text_ += count_++ == 0 ? "\n" : ",\n";
    text_ += R"(    {"columns": )" + dumped(Json(names)) + R"(, "rows": [)";
    rows_ = 0;
    return {};
  }
  Result<void> row(const std::vector<QueryValue>& values) override {
    Json cells = Json::array();
    for (const QueryValue& value : values) cells.push_back(value_json(value));
    text_ += (rows_++ == 0 ? "\n      " : ",\n      ") + dumped(Json(cells));
    return drain_if_full();
  }
  Result<void> end() override {
    text_ += count_ == 0 ? kHead : kAfterRows;
    text_ += "]}\n";
    return TextWriter::end();
  }

 private:
  static constexpr const char* kHead = R"({"schema": "socklock.query/1", "results": [)";
  static constexpr const char* kAfterRows = "]}";
  std::size_t count_ = 0, rows_ = 0;
};

}  // namespace

std::unique_ptr<ResultWriter> result_writer(const std::string& format, TextSink sink) {
  if (format == "json") return std::make_unique<JsonWriter>(std::move(sink));
  if (format == "csv") return std::make_unique<CsvWriter>(std::move(sink));
  return std::make_unique<TableWriter>(std::move(sink));
}

}  // namespace socklock::analyzer
