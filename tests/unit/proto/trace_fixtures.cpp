// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/proto/trace_fixtures.h"

#include <zstd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "base/wait_buckets.h"
#include "proto/byte_order.h"
#include "proto/checksum.h"
#include "proto/trace_writer.h"

namespace socklock::trace::testing {
namespace {

template <typename T>
T up_to(std::mt19937_64& random, std::uint64_t most) {
  return static_cast<T>(std::uniform_int_distribution<std::uint64_t>(0, most)(random));
}

void require(const Result<void>& result) {
  if (!result) throw std::runtime_error(result.error().message());
}

// Sums and histogram of `contentions` waits, as the recorder would have counted them.
void add_waits(SummaryRow& row, std::uint32_t contentions, std::mt19937_64& random) {
  row.contentions = contentions;
  row.wait_min_ns = UINT64_MAX;
  for (std::uint32_t i = 0; i < contentions; ++i) {
    const auto wait = up_to<std::uint64_t>(random, 1ULL << up_to<unsigned>(random, 42));
    row.wait_ns += wait;
    row.wait_min_ns = std::min(row.wait_min_ns, wait);
    row.wait_max_ns = std::max(row.wait_max_ns, wait);
    const auto bucket = static_cast<std::uint16_t>(socklock_wait_bucket(wait));
    const auto at =
        std::lower_bound(row.cells.begin(), row.cells.end(), bucket,
                         [](const HistogramCell& cell, std::uint16_t value) { return cell.bucket < value; });
    if (at != row.cells.end() && at->bucket == bucket)
      ++at->count;
    else
      row.cells.insert(at, {bucket, 1});
  }
}

v1::Dictionary dictionary_of(std::uint32_t id) {
  v1::Dictionary dictionary;
  auto* function = dictionary.add_functions();
  function->set_id(id);
  function->set_symbol("tcp_sendmsg");
  auto* stack = dictionary.add_stacks();
  stack->set_id(id);
  stack->add_functions(id);
  stack->add_offsets_bytes(id * 16);
  auto* lock = dictionary.add_locks();
  lock->set_id(id);
  lock->set_kind(v1::LOCK_FACT_SLAB);
  lock->set_cache("TCP");
  auto* thread = dictionary.add_threads();
  thread->set_id(id);
  thread->set_tid(100 + id);
  thread->set_comm("worker");
  return dictionary;
}

}  // namespace

std::string read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

std::string file_header(std::uint16_t major, std::uint16_t minor) {
  std::string header(kFileMagic.data(), kFileMagic.size());
  append_le(header, major);
  append_le(header, minor);
  append_le(header, std::uint32_t{0});
  return header;
}

std::string compressed(const std::string& raw) {
  std::string stored(ZSTD_compressBound(raw.size()), '\0');
  stored.resize(ZSTD_compress(stored.data(), stored.size(), raw.data(), raw.size(), 3));
  return stored;
}

std::string block_of(std::uint16_t kind, const std::string& stored, std::uint32_t raw_bytes) {
  std::string block;
  append_le(block, kBlockMagic);
  append_le(block, kind);
  append_le(block, std::uint16_t{0});
  append_le(block, static_cast<std::uint32_t>(stored.size()));
  append_le(block, raw_bytes);
  append_le(block, block_checksum(block.data(), stored.data(), stored.size()));
  return block + stored;
}

std::string block_of(BlockKind kind, const std::string& raw) {
  return block_of(static_cast<std::uint16_t>(kind), compressed(raw), static_cast<std::uint32_t>(raw.size()));
}

std::string trailer(std::uint64_t footer_offset) {
  std::string bytes;
  append_le(bytes, footer_offset);
  return bytes.append(kTrailerMagic.data(), kTrailerMagic.size());
}

EventColumns random_events(std::size_t rows, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  EventColumns events;
  auto time = up_to<std::uint64_t>(random, 1'000'000'000);
  for (std::size_t i = 0; i < rows; ++i) {
    time += up_to<std::uint64_t>(random, 1'000'000);
    events.end_ns.push_back(time);
    events.wait_ns.push_back(up_to<std::uint64_t>(random, UINT64_MAX));
    events.lock.push_back(up_to<std::uint32_t>(random, UINT32_MAX));
    events.stack.push_back(up_to<std::uint32_t>(random, UINT32_MAX));
    events.thread.push_back(up_to<std::uint32_t>(random, 300));
    events.cpu.push_back(up_to<std::uint16_t>(random, 300));
    events.flags.push_back(up_to<std::uint8_t>(random, 64));
    events.context.push_back(up_to<std::uint8_t>(random, 1));
    events.weight.push_back(1);
    events.error.push_back(up_to<std::uint16_t>(random, 20) == 0 ? 110 : 0);
    events.syscall.push_back(up_to<std::uint16_t>(random, 450));
    events.stack_weight.push_back(up_to<std::uint64_t>(random, 63));
  }
  return events;
}

std::vector<SummaryRow> random_summary(std::size_t rows, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<SummaryRow> summary(rows);
  for (auto& row : summary) {
    row.lock = up_to<std::uint32_t>(random, 70'000);
    row.stack = up_to<std::uint32_t>(random, 300);
    row.syscall = up_to<std::uint16_t>(random, 450);
    row.context = up_to<std::uint8_t>(random, 1);
    row.flags = up_to<std::uint8_t>(random, 64);
    // Half of the rows have one or two waits, as in life: their columns are elided.
    add_waits(row, 1 + up_to<std::uint32_t>(random, 1) * up_to<std::uint32_t>(random, 40), random);
    row.gave_up = up_to<std::uint32_t>(random, row.contentions);
    row.sampled = up_to<std::uint32_t>(random, row.contentions);
    row.stack_weight = row.sampled * up_to<std::uint64_t>(random, 15) + row.sampled;
    row.weighted_wait_ns = row.sampled == 0 ? 0 : up_to<std::uint64_t>(random, 1'000'000'000);
  }
  return summary;
}

std::string small_trace(int intervals) {
  const TemporaryFolder folder;
  auto writer = TraceWriter::create(folder.file("small.slk"));
  if (!writer) throw std::runtime_error(writer.error().message());
  v1::Header header;
  header.set_run_id("00112233445566778899aabbccddeeff");
  header.set_label("small");
  require(writer->write(header));
  for (int i = 0; i < intervals; ++i) {
    const auto id = static_cast<std::uint32_t>(i) + 1;
    require(writer->write(dictionary_of(id)));
    require(writer->write(random_events(5, id)));
    v1::Interval interval;
    interval.set_begin_ns(1'000'000'000ULL * (id - 1));
    interval.set_end_ns(1'000'000'000ULL * id);
    *interval.mutable_summary() = encode(random_summary(4, id));
    require(writer->write(interval));
  }
  v1::Footer footer;
  footer.set_events(5U * static_cast<std::uint64_t>(intervals));
  *footer.mutable_header() = header;
  require(writer->finish(std::move(footer)));
  return read_bytes(folder.file("small.slk"));
}

std::vector<Block> all_blocks(TraceReader& reader) {
  std::vector<Block> blocks;
  while (auto block = reader.next()) blocks.push_back(*std::move(block));
  return blocks;
}

BlockKind kind_of(const Block& block) { return static_cast<BlockKind>(block.message.index() + 1); }

}  // namespace socklock::trace::testing
