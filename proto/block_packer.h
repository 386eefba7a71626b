// SPDX-License-Identifier: GPL-2.0-or-later
// Messages to blocks as a trace has them: header and compressed bytes.
#pragma once

#include <zstd.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <google/protobuf/message_lite.h>

#include "base/result.h"
#include "proto/block_format.h"

namespace socklock::trace {

class BlockPacker {
 public:
  // Adds a block to those that are packed. Error: it is too large; its `where` is the caller's.
  Result<void> pack(BlockKind kind, const google::protobuf::MessageLite& message);

  // Until the next block is packed.
  [[nodiscard]] std::string_view packed() const { return std::string_view(packed_).substr(0, packed_bytes_); }
  void clear() { packed_bytes_ = 0; }

 private:
  struct FreeContext {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  std::size_t compress(BlockKind kind);

  std::unique_ptr<ZSTD_CCtx, FreeContext> context_{ZSTD_createCCtx()};
  // Memory that is used again for the next block.
  std::string raw_;
  std::string packed_;  // up to `packed_bytes_`
  std::size_t packed_bytes_ = 0;
};

}  // namespace socklock::trace
