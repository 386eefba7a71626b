// SPDX-License-Identifier: GPL-2.0-or-later
#include "proto/block_unpacker.h"

#include <zstd.h>

#include <array>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "proto/entry_count.h"

namespace socklock::trace {
namespace {

struct FreeDecompression {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// One message of each kind, whose memory is used again.
using SpareMessages = std::tuple<v1::Header, v1::Dictionary, v1::Interval, v1::Events, v1::Footer>;

template <typename T>
std::optional<Message> parse(const std::string& raw, SpareMessages& spare) {
  T message = std::move(std::get<T>(spare));
  if (!message.ParseFromString(raw)) return std::nullopt;
  return Message(std::move(message));
}

std::optional<Message> parse_kind(BlockKind kind, const std::string& raw, SpareMessages& spare) {
  if (!count_entries(kind, raw)) return std::nullopt;
  switch (kind) {
    case BlockKind::kHeader: return parse<v1::Header>(raw, spare);
    case BlockKind::kDictionary: return parse<v1::Dictionary>(raw, spare);
    case BlockKind::kInterval: return parse<v1::Interval>(raw, spare);
    case BlockKind::kEvents: return parse<v1::Events>(raw, spare);
    case BlockKind::kFooter: return parse<v1::Footer>(raw, spare);
  }
  return std::nullopt;
}

// The first field, where that is `rows`: a tag and a number of up to five bytes.
std::optional<std::uint32_t> leading_rows(std::string_view head) {
  constexpr char kRowsTag = 1 << 3;
  constexpr std::size_t kLongest = 5;
  if (head.empty() || head.front() != kRowsTag) return std::nullopt;
  std::uint64_t rows = 0;
  for (std::size_t i = 1; i < head.size() && i <= kLongest; ++i) {
    const auto byte = static_cast<unsigned char>(head[i]);
    rows |= std::uint64_t{byte & 0x7fU} << (7 * (i - 1));
    if (byte < 0x80 && rows <= UINT32_MAX) return static_cast<std::uint32_t>(rows);
  }
  return std::nullopt;
}

// Of the window that a streaming decompressor keeps: what a block may unpack to.
constexpr int kMaxWindowLog = 26;
static_assert(kMaxRawBytes == 1U << kMaxWindowLog);

}  // namespace

struct BlockUnpacker::State {
  std::unique_ptr<ZSTD_DCtx, FreeDecompression> context{ZSTD_createDCtx()};
  std::string raw;  // reused from block to block
  SpareMessages spare;

  static bool has_announced_size(const PackedBlock& block) {
    return ZSTD_getFrameContentSize(block.stored.data(), block.stored.size()) == block.raw_bytes;
  }

  // Into `raw`; false when the stored bytes are not exactly one frame of the announced size.
  bool unpack(const PackedBlock& block) {
    if (!has_announced_size(block)) return false;
    raw.resize(block.raw_bytes);
    return ZSTD_decompressDCtx(context.get(), raw.data(), raw.size(), block.stored.data(), block.stored.size()) ==
           block.raw_bytes;
  }

  // As many bytes as fit into `head`, or as there are; fewer where the frame is broken before.
  std::string_view unpack_head(const PackedBlock& block, std::span<char> head) const {
    ZSTD_DCtx_reset(context.get(), ZSTD_reset_session_and_parameters);
    ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kMaxWindowLog);
    ZSTD_inBuffer in{block.stored.data(), block.stored.size(), 0};
    ZSTD_outBuffer out{head.data(), head.size(), 0};
    while (out.pos < out.size) {
      const std::size_t before = in.pos + out.pos;
      const std::size_t left = ZSTD_decompressStream(context.get(), &out, &in);
      if (ZSTD_isError(left) || left == 0 || in.pos + out.pos == before) break;
    }
    return {head.data(), out.pos};
  }
};

BlockUnpacker::BlockUnpacker() : state_(std::make_unique<State>()) {}
BlockUnpacker::BlockUnpacker(BlockUnpacker&&) noexcept = default;
BlockUnpacker& BlockUnpacker::operator=(BlockUnpacker&&) noexcept = default;
BlockUnpacker::~BlockUnpacker() = default;

std::optional<Message> BlockUnpacker::message_of(const PackedBlock& block) {
  if (!state_->unpack(block)) return std::nullopt;
  return parse_kind(block.kind, state_->raw, state_->spare);
}

std::optional<EventsView> BlockUnpacker::events_of(const PackedBlock& block) {
  if (!state_->unpack(block)) return std::nullopt;
  return EventsView::over(state_->raw);
}

std::optional<std::uint32_t> BlockUnpacker::event_rows_of(const PackedBlock& block) {
  if (!State::has_announced_size(block)) return std::nullopt;
  std::array<char, 8> head{};
  if (const auto rows = leading_rows(state_->unpack_head(block, head))) return rows;
  if (!state_->unpack(block)) return std::nullopt;
  return count_rows(state_->raw);
}

void BlockUnpacker::reuse(Block&& block) {
  std::visit(
      [this](auto&& message) {
        std::get<std::remove_reference_t<decltype(message)>>(state_->spare) = std::forward<decltype(message)>(message);
      },
      std::move(block.message));
}

}  // namespace socklock::trace
