// SPDX-License-Identifier: GPL-2.0-or-later
#include "fleet/row_binary.h"

#include <array>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "base/json_text.h"

namespace socklock::fleet {
namespace {

template <auto Member, unsigned Bytes = sizeof(std::declval<Row>().*Member)>
void put_number(const Row& row, ColumnSink& sink) {
  sink.number(row.*Member, Bytes);
}
template <auto Member>
void put_work(const Row& row, ColumnSink& sink) {
  sink.number(row.work.*Member, 8);
}
template <auto Member>
void put_text(const Row& row, ColumnSink& sink) {
  sink.text(row.*Member);
}
template <auto Member>
void put_id(const Row& row, ColumnSink& sink) {
  sink.id(row.*Member);
}
template <auto Member>
void put_lock(const Row& row, ColumnSink& sink) {
  std::vector<std::uint64_t> values;
  values.reserve(row.locks.size());
  for (const LockSum& lock : row.locks) values.push_back(lock.*Member);
  sink.numbers(values, 8);
}
template <auto Member, unsigned Bytes>
void put_cell(const Row& row, ColumnSink& sink) {
  std::vector<std::uint64_t> values;
  values.reserve(row.cells.size());
  for (const Cell& cell : row.cells) values.push_back(cell.*Member);
  sink.numbers(values, Bytes);
}

using analyzer::Work;

// Counts are 64 bits wide although the design has 32 for some: an hour of a large host passes 2^32, and zeros compress.
constexpr std::array kColumns{
    ColumnOfRow{"day", "Date", 1, [](const Row& row, ColumnSink& sink) { sink.number(row.time_s / 86400, 2); }},
    ColumnOfRow{"minute", "DateTime('UTC')", 1, put_number<&Row::time_s>},
    ColumnOfRow{"host", "String", 1, put_text<&Row::host>},
    ColumnOfRow{"trace", "FixedString(16)", 1, put_id<&Row::trace>},
    ColumnOfRow{"covered_ns", "UInt64", 1, put_number<&Row::covered_ns>},
    ColumnOfRow{"boot", "FixedString(16)", 1, put_id<&Row::boot>},
    ColumnOfRow{"kernel", "String", 1, put_text<&Row::kernel>},
    ColumnOfRow{"machine", "String", 1, put_text<&Row::machine>},
    ColumnOfRow{"spinlock_mode", "String", 1, put_text<&Row::spinlock_mode>},
    ColumnOfRow{"cpus", "UInt16", 1, put_number<&Row::cpus>},
    ColumnOfRow{"level", "UInt8", 1, put_number<&Row::level>},
    ColumnOfRow{"labels", "Array(String)", 1, [](const Row& row, ColumnSink& sink) { sink.texts(row.labels); }},
    ColumnOfRow{"connections_opened", "UInt64", 1, put_work<&Work::connections_active>},
    ColumnOfRow{"connections_accepted", "UInt64", 1, put_work<&Work::connections_passive>},
    ColumnOfRow{"connections_closed", "UInt64", 1, put_work<&Work::connections_closed>},
    ColumnOfRow{"send_operations", "UInt64", 1, put_work<&Work::send_operations>},
    ColumnOfRow{"send_bytes", "UInt64", 1, put_work<&Work::send_bytes>},
    ColumnOfRow{"receive_operations", "UInt64", 1, put_work<&Work::receive_operations>},
    ColumnOfRow{"receive_bytes", "UInt64", 1, put_work<&Work::receive_bytes>},
    ColumnOfRow{"stated", "UInt64", 1, put_work<&Work::stated>},
    ColumnOfRow{"cpu_busy_ns", "UInt64", 1, put_work<&Work::cpu_busy_ns>},
    ColumnOfRow{"lost_totals", "UInt64", 1, put_number<&Row::lost_totals>},
    ColumnOfRow{"lost_details", "UInt64", 1, put_number<&Row::lost_details>},
    ColumnOfRow{"recorder_cpu_ns", "UInt64", 1, put_number<&Row::recorder_cpu_ns>},
    ColumnOfRow{"bpf_ns", "UInt64", 1, put_number<&Row::bpf_ns>},
    ColumnOfRow{"taxonomy", "UInt32", 1, put_number<&Row::taxonomy>},
    ColumnOfRow{
        "revision", "UInt64", 1,
        [](const Row& row, ColumnSink& sink) { sink.number((std::uint64_t{row.taxonomy} << 32) + kSchemaVersion, 8); }},
    ColumnOfRow{"lock.name", "Array(UInt64)", 1, put_lock<&LockSum::name>},
    ColumnOfRow{"lock.contentions", "Array(UInt64)", 1, put_lock<&LockSum::contentions>},
    ColumnOfRow{"lock.gave_up", "Array(UInt64)", 1, put_lock<&LockSum::gave_up>},
    ColumnOfRow{"lock.wait_ns", "Array(UInt64)", 1, put_lock<&LockSum::wait_ns>},
    ColumnOfRow{"lock.min_ns", "Array(UInt64)", 1, put_lock<&LockSum::min_ns>},
    ColumnOfRow{"lock.max_ns", "Array(UInt64)", 1, put_lock<&LockSum::max_ns>},
    ColumnOfRow{"cell.name", "Array(UInt64)", 1, put_cell<&Cell::name, 8>},
    ColumnOfRow{"cell.bucket", "Array(UInt16)", 1, put_cell<&Cell::bucket, 2>},
    ColumnOfRow{"cell.waits", "Array(UInt64)", 1, put_cell<&Cell::waits, 8>},
    // 0, of shippers that did not say: a minute, or an hour.
    ColumnOfRow{"length_s", "UInt32", 2, put_number<&Row::length_s>},
    ColumnOfRow{"lost_traces", "UInt64", 2, put_number<&Row::lost_traces>},
};

void append_number(std::string& bytes, std::uint64_t value, unsigned width) {
  for (unsigned i = 0; i < width; ++i) bytes.push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

// LEB128.
void append_length(std::string& bytes, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<char>((value & 0x7f) | 0x80));
  bytes.push_back(static_cast<char>(value));
}

void append_text(std::string& bytes, std::string_view text) {
  append_length(bytes, text.size());
  bytes += text;
}

class RowBinarySink final : public ColumnSink {
 public:
  explicit RowBinarySink(std::string& bytes) : bytes_(bytes) {}
  void number(std::uint64_t value, unsigned bytes) override { append_number(bytes_, value, bytes); }
  void text(std::string_view value) override { append_text(bytes_, value); }
  void id(const Id16& value) override { bytes_.append(value.data(), value.size()); }
  void texts(const std::vector<std::string>& values) override {
    append_length(bytes_, values.size());
    for (const std::string& value : values) append_text(bytes_, value);
  }
  void numbers(const std::vector<std::uint64_t>& values, unsigned bytes) override {
    append_length(bytes_, values.size());
    for (const std::uint64_t value : values) append_number(bytes_, value, bytes);
  }

 private:
  std::string& bytes_;
};

class JsonSink final : public ColumnSink {
 public:
  void number(std::uint64_t value, unsigned) override { value_ = value; }
  void text(std::string_view value) override { value_ = value; }
  void id(const Id16& value) override {
    std::string hex;
    for (const char byte : value) hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    value_ = hex;
  }
  void texts(const std::vector<std::string>& values) override { value_ = values; }
  void numbers(const std::vector<std::uint64_t>& values, unsigned) override { value_ = values; }
  nlohmann::ordered_json take() { return std::move(value_); }

 private:
  nlohmann::ordered_json value_;
};

}  // namespace

std::span<const ColumnOfRow> columns_of_rows() { return kColumns; }

std::string column_names(std::uint32_t schema) {
  std::string names;
  for (const ColumnOfRow& column : kColumns) {
    if (column.since > schema) continue;
    if (!names.empty()) names += ',';
    names += column.name;
  }
  return names;
}

void append_row_binary(std::string& bytes, const Row& row, std::uint32_t schema) {
  RowBinarySink sink(bytes);
  for (const ColumnOfRow& column : kColumns)
    if (column.since <= schema) column.put(row, sink);
}

void append_row_binary(std::string& bytes, std::uint64_t hash, const Name& name, std::uint32_t taxonomy) {
  append_number(bytes, hash, 8);
  for (const std::string* part :
       {&name.lock_class, &name.role, &name.call_path, &name.context, &name.function, &name.kind})
    append_text(bytes, *part);
  append_number(bytes, taxonomy, 4);
}

std::string row_json(const Row& row, std::string_view table) {
  nlohmann::ordered_json line{{"table", table}};
  JsonSink sink;
  for (const ColumnOfRow& column : kColumns) {
    column.put(row, sink);
    line[std::string(column.name)] = sink.take();
  }
  return dumped(line) + "\n";
}

}  // namespace socklock::fleet
