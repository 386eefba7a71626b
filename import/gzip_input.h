// SPDX-License-Identifier: GPL-2.0-or-later
// Reads a file that may be compressed by gzip, as text.
#pragma once

#include <zlib.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <streambuf>
#include <string>
#include <string_view>
#include <utility>

#include "import/importers.h"

namespace socklock::imports {

class GzipInput : public std::streambuf {
 public:
  // "-" is standard input.
  explicit GzipInput(const std::string& path);

  // Called as it is read, with the bytes of the file so far, compressed as they are.
  void on_read(std::function<void(std::uint64_t bytes_read)> told) { told_ = std::move(told); }
  // How the text begins; to be asked for before it is read.
  std::string_view head();
  [[nodiscard]] bool is_open() const { return file_ != nullptr; }
  // What was wrong with the compressed data; empty where it was read to its end.
  [[nodiscard]] std::string error() const;

 protected:
  int_type underflow() override;

 private:
  struct Close {
    void operator()(gzFile_s* file) const { gzclose(file); }
  };
  std::unique_ptr<gzFile_s, Close> file_;
  std::array<char, kHeadBytes> buffer_;
  std::function<void(std::uint64_t)> told_;
};

}  // namespace socklock::imports
