// SPDX-License-Identifier: GPL-2.0-or-later
#include "proto/trace_writer.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/atomic_file.h"
#include "proto/block_packer.h"
#include "proto/byte_order.h"
#include "proto/header_end.h"

namespace socklock::trace {
namespace {

// Bytes that fit into kMaxStoredBytes even where zstd gains nothing (ZSTD_COMPRESSBOUND), cut at every plane of
// every column.
constexpr std::size_t kAlwaysStorable = (std::size_t{kMaxStoredBytes} - 1024) / 257 * 256;

Error write_error(int error_number, const std::string& name) {
  Error error{std::string("cannot write: ") + std::strerror(error_number), "'" + name + "'", "", ExitCode::kBadInput};
  if (error_number == ENOSPC) error.hint = "the disk is full; what was written before can be read";
  if (error_number == EPIPE) error.hint = "the reader of the trace went away";
  return error;
}

// Call stacks of the kernel and names of processes are nobody else's business.
constexpr mode_t kMode = 0600, kGroupReads = 0040;

Error with_hint(Error error) {
  if (error.what == "the file exists") error.hint = "take another name, or --overwrite";
  if (error.what.find("no regular file") != std::string::npos)
    error.hint = "name a file; -o - writes to standard output";
  return error;
}

EventColumns part_of(const EventColumns& events, std::size_t first, std::size_t count) {
  EventColumns part;
  const auto copy = [first, count](const auto& from, auto& to) {
    to.assign(from.begin() + static_cast<std::ptrdiff_t>(first),
              from.begin() + static_cast<std::ptrdiff_t>(first + count));
  };
  copy(events.end_ns, part.end_ns);
  copy(events.wait_ns, part.wait_ns);
  copy(events.lock, part.lock);
  copy(events.stack, part.stack);
  copy(events.thread, part.thread);
  copy(events.cpu, part.cpu);
  copy(events.flags, part.flags);
  copy(events.context, part.context);
  copy(events.weight, part.weight);
  copy(events.error, part.error);
  copy(events.syscall, part.syscall);
  if (!events.stack_weight.empty()) copy(events.stack_weight, part.stack_weight);
  if (!events.run_delay_ns.empty()) copy(events.run_delay_ns, part.run_delay_ns);
  return part;
}

// Half of what a reader takes for the footer: days of recording. What follows is found by reading on.
constexpr int kMaxIndexEntries = kMaxEntriesPerBlock / 2;

// More than that is not kept back for the block that comes next.
constexpr std::size_t kManyBytes = std::size_t{1} << 18;

// What the index says about a block.
struct Extent {
  std::uint64_t begin_ns;
  std::uint64_t end_ns;
  std::uint64_t rows;
};

int rows_of(const v1::Dictionary& dictionary) {
  return dictionary.functions_size() + dictionary.stacks_size() + dictionary.locks_size() + dictionary.threads_size();
}

}  // namespace

struct TraceWriter::State {
  int fd = -1;
  bool owns_fd = false;
  std::optional<AtomicFile> file;  // whose descriptor `fd` is then
  std::string name;
  std::uint64_t bytes = 0;
  v1::Footer footer;
  std::optional<v1::Header> header_at_begin;       // the first, which is the one that counts
  BlockPacker packer;                              // of blocks that are not written yet
  std::vector<v1::BlockIndexEntry> packed_blocks;  // those of them that the index is to have
  v1::Events events;                               // used from block to block

  ~State() {
    if (owns_fd && fd >= 0) close(fd);
  }

  Result<void> put(std::string_view data) {
    const std::uint64_t begin = bytes;
    std::size_t done = 0;
    while (done < data.size()) {
      const ssize_t written = ::write(fd, data.data() + done, data.size() - done);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) {
        const Error error = write_error(errno, name);
        // No part of a block stays behind; where that fails, readers take it for the torn tail that it is.
        if ((owns_fd || file) && ftruncate(fd, static_cast<off_t>(begin)) == 0) bytes = begin;
        return fail(error);
      }
      done += static_cast<std::size_t>(written);
      bytes += static_cast<std::uint64_t>(written);
    }
    return {};
  }

  Result<void> put_file_header() {
    std::string header(kFileMagic.data(), kFileMagic.size());
    append_le(header, kMajorVersion);
    append_le(header, kMinorVersion);
    append_le(header, std::uint32_t{0});
    return put(header);
  }

  Result<void> pack(BlockKind kind, const google::protobuf::MessageLite& message) {
    auto packed = packer.pack(kind, message);
    if (packed) return {};
    drop_packed();
    Error error = std::move(packed).error();
    error.where = "'" + name + "'";
    return fail(std::move(error));
  }

  Result<void> pack_indexed(BlockKind kind, const google::protobuf::MessageLite& message, const Extent& extent) {
    const std::uint64_t offset = bytes + packer.packed().size();
    SOCKLOCK_TRY(pack(kind, message));
    auto& entry = packed_blocks.emplace_back();
    entry.set_kind(static_cast<std::uint32_t>(kind));
    entry.set_offset_bytes(offset);
    entry.set_begin_ns(extent.begin_ns);
    entry.set_end_ns(extent.end_ns);
    entry.set_rows(extent.rows);
    return packer.packed().size() > kManyBytes ? put_packed() : Result<void>{};
  }

  void drop_packed() {
    packer.clear();
    packed_blocks.clear();
  }

  Result<void> put_packed() {
    auto written = put(packer.packed());
    // Only now, so that the index holds no block that the trace lacks.
    for (const auto& entry : packed_blocks)
      if (written && footer.blocks_size() < kMaxIndexEntries) *footer.add_blocks() = entry;
    drop_packed();
    return written;
  }

  Result<void> pack(const v1::Dictionary& dictionary) {
    return pack_indexed(BlockKind::kDictionary, dictionary, {0, 0, static_cast<std::uint64_t>(rows_of(dictionary))});
  }

  Result<void> pack(const v1::Interval& interval) {
    return pack_indexed(BlockKind::kInterval, interval,
                        {interval.begin_ns(), interval.end_ns(), interval.summary().rows()});
  }

  Result<void> pack(const EventColumns& columns) {
    if (columns.size() == 0) return {};
    if (columns.size() <= kMaxRowsPerBlock) {
      encode(columns, events);
      if (events.ByteSizeLong() <= kAlwaysStorable)
        return pack_indexed(BlockKind::kEvents, events,
                            {columns.end_ns.front(), columns.end_ns.back(), columns.size()});
    }
    const std::size_t rows = columns.size() > kMaxRowsPerBlock ? kMaxRowsPerBlock : (columns.size() + 1) / 2;
    for (std::size_t first = 0; first < columns.size(); first += rows)
      SOCKLOCK_TRY(pack(part_of(columns, first, std::min(rows, columns.size() - first))));
    return {};
  }
};

TraceWriter::TraceWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
TraceWriter::TraceWriter(TraceWriter&&) noexcept = default;
TraceWriter& TraceWriter::operator=(TraceWriter&&) noexcept = default;
TraceWriter::~TraceWriter() = default;

Result<TraceWriter> TraceWriter::create(const std::string& path, bool overwrite, bool group_reads) {
  auto file = AtomicFile::create(path, {.replaces = overwrite, .mode = group_reads ? kMode | kGroupReads : kMode});
  if (!file) return fail(with_hint(std::move(file).error()));
  auto state = std::make_unique<State>();
  state->file.emplace(*std::move(file));
  state->fd = state->file->fd();
  state->name = path;
  SOCKLOCK_TRY(state->put_file_header());
  return TraceWriter(std::move(state));
}

Result<TraceWriter> TraceWriter::to_descriptor(int fd, const std::string& name) {
  auto state = std::make_unique<State>();
  state->fd = fd;
  state->name = name;
  SOCKLOCK_TRY(state->put_file_header());
  return TraceWriter(std::move(state));
}

Result<void> TraceWriter::write(const v1::Header& header) {
  if (!state_->header_at_begin) state_->header_at_begin = header;
  SOCKLOCK_TRY(state_->pack_indexed(BlockKind::kHeader, header, {0, 0, 1}));
  return state_->put_packed();
}

Result<void> TraceWriter::write(const v1::Dictionary& dictionary) {
  SOCKLOCK_TRY(state_->pack(dictionary));
  return state_->put_packed();
}

Result<void> TraceWriter::write(const v1::Interval& interval) {
  SOCKLOCK_TRY(state_->pack(interval));
  return state_->put_packed();
}

Result<void> TraceWriter::write(const EventColumns& events) {
  SOCKLOCK_TRY(state_->pack(events));
  return state_->put_packed();
}

Result<void> TraceWriter::write(const v1::Dictionary& added, const EventColumns& events, const v1::Interval& interval) {
  if (rows_of(added) > 0) SOCKLOCK_TRY(state_->pack(added));
  SOCKLOCK_TRY(state_->pack(events));
  SOCKLOCK_TRY(state_->pack(interval));
  return state_->put_packed();
}

Result<void> TraceWriter::finish(v1::Footer footer) {
  footer.mutable_blocks()->Swap(state_->footer.mutable_blocks());
  // A tenth of its bytes, and of a short trace the header is half of all.
  if (footer.has_header() && state_->header_at_begin)
    if (auto end = header_end(*state_->header_at_begin, footer.header())) {
      footer.clear_header();
      *footer.mutable_header_end() = *std::move(end);
    }
  const std::uint64_t offset = state_->bytes;
  SOCKLOCK_TRY(state_->pack(BlockKind::kFooter, footer));
  SOCKLOCK_TRY(state_->put_packed());
  std::string trailer;
  append_le(trailer, offset);
  trailer.append(kTrailerMagic.data(), kTrailerMagic.size());
  SOCKLOCK_TRY(state_->put(trailer));
  if (state_->file) {
    auto committed = state_->file->commit();
    return committed ? std::move(committed) : fail(with_hint(std::move(committed).error()));
  }
  if (!state_->owns_fd) return {};
  // Where the disk is full, or gone, close() is the last to know. EINVAL: a device or pipe has nothing to sync.
  if (fsync(state_->fd) != 0 && errno != EINVAL) return fail(write_error(errno, state_->name));
  if (::close(std::exchange(state_->fd, -1)) != 0) return fail(write_error(errno, state_->name));
  return {};
}

Result<void> TraceWriter::publish() { return publish_as(state_->name); }

Result<void> TraceWriter::publish_as(const std::string& path) {
  if (!state_->file) return {};
  state_->name = path;
  auto fd = state_->file->commit_open(path);
  if (!fd) return fail(with_hint(std::move(fd).error()));
  state_->fd = *fd;
  state_->owns_fd = true;
  state_->file.reset();
  return {};
}

std::uint64_t TraceWriter::bytes() const { return state_->bytes; }

}  // namespace socklock::trace
