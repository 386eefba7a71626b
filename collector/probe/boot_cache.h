// SPDX-License-Identifier: GPL-2.0-or-later
// What recordings of this boot found out of the kernel, kept for the next one.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace socklock::collector {

// Files in a folder, all of them root's alone: what they say is only believed where nobody else can have written it.
class BootCache {
 public:
  explicit BootCache(std::string folder = "/run/socklock") : folder_(std::move(folder)) {}

  // At most `most_bytes` of it. Nothing where there is none of this boot, or others than root may have written it.
  [[nodiscard]] std::optional<std::string> read(const char* name, std::size_t most_bytes) const;
  // Does nothing but for root; a file that can't be written is as good as none.
  void write(const char* name, std::string_view content) const;

 private:
  std::string folder_;
};

}  // namespace socklock::collector
