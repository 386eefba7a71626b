// SPDX-License-Identifier: GPL-2.0-or-later
#include "proto/block_packer.h"

#include <algorithm>
#include <vector>

#include "proto/byte_order.h"
#include "proto/checksum.h"
#include "proto/plane_cuts.h"

namespace socklock::trace {
namespace {

// The table that repetitions are found in is cleared for every block, and one that does not stay in a CPU's first cache
// finds hardly more in numbers. In columns of events short repetitions are by chance: without them a trace is smaller.
void set_parameters(ZSTD_CCtx* context, BlockKind kind) {
  // Header and footer are text, once.
  const bool is_text = kind == BlockKind::kHeader || kind == BlockKind::kFooter;
  const bool is_events = kind == BlockKind::kEvents;
  ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters);
  ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, is_text ? 3 : 1);
  if (!is_text) ZSTD_CCtx_setParameter(context, ZSTD_c_hashLog, is_events ? 8 : 11);
  if (is_events) ZSTD_CCtx_setParameter(context, ZSTD_c_minMatch, 7);
}

// Of a zstd block's header, at most (RFC 8878, 3.1.1.2).
constexpr std::size_t kBytesOfCut = 3;

}  // namespace

// Of `raw_` as one frame, behind the place of the block's header; its bytes, or 0 where that fails.
std::size_t BlockPacker::compress(BlockKind kind) {
  const std::vector<std::size_t> cuts =
      kind == BlockKind::kEvents ? plane_cuts(raw_) : std::vector<std::size_t>{raw_.size()};
  const std::size_t begin = packed_bytes_ + kBlockHeaderBytes;
  packed_.resize(std::max(packed_.size(), begin + ZSTD_compressBound(raw_.size()) + cuts.size() * kBytesOfCut));
  set_parameters(context_.get(), kind);
  ZSTD_CCtx_setPledgedSrcSize(context_.get(), raw_.size());
  ZSTD_inBuffer in{raw_.data(), 0, 0};
  ZSTD_outBuffer out{packed_.data() + begin, packed_.size() - begin, 0};
  for (std::size_t i = 0; i < cuts.size(); ++i) {
    in.size = cuts[i];
    // A flush ends a zstd block, and with it a table of symbols.
    const bool is_last = i + 1 == cuts.size();
    if (ZSTD_compressStream2(context_.get(), &out, &in, is_last ? ZSTD_e_end : ZSTD_e_flush) != 0) return 0;
  }
  return out.pos;
}

Result<void> BlockPacker::pack(BlockKind kind, const google::protobuf::MessageLite& message) {
  raw_.clear();
  if (!message.SerializeToString(&raw_) || raw_.size() > kMaxRawBytes)
    return fail({"a block exceeds the format's limits", "", "", ExitCode::kBadInput});
  const std::size_t size = compress(kind);
  if (size == 0 || size > kMaxStoredBytes) return fail({"a block can't be compressed", "", "", ExitCode::kBadInput});
  char* const block = packed_.data() + packed_bytes_;
  std::string header;
  append_le(header, kBlockMagic);
  append_le(header, static_cast<std::uint16_t>(kind));
  append_le(header, std::uint16_t{0});
  append_le(header, static_cast<std::uint32_t>(size));
  append_le(header, static_cast<std::uint32_t>(raw_.size()));
  append_le(header, block_checksum(header.data(), block + kBlockHeaderBytes, size));
  std::copy(header.begin(), header.end(), block);
  packed_bytes_ += kBlockHeaderBytes + size;
  return {};
}

}  // namespace socklock::trace
