// SPDX-License-Identifier: GPL-2.0-or-later
#include "import/gzip_input.h"

#include <unistd.h>

#include <algorithm>

namespace socklock::imports {

GzipInput::GzipInput(const std::string& path)
    : file_(path == "-" ? gzdopen(dup(STDIN_FILENO), "rb") : gzopen(path.c_str(), "rb")) {}

std::string GzipInput::error() const {
  int number = Z_OK;
  const char* message = gzerror(file_.get(), &number);
  if (number == Z_OK || number == Z_STREAM_END) return "";
  return number == Z_BUF_ERROR ? "the compressed data end early" : message;
}

std::string_view GzipInput::head() {
  if (gptr() == egptr()) underflow();
  return {gptr(), static_cast<std::size_t>(egptr() - gptr())};
}

GzipInput::int_type GzipInput::underflow() {
  const int bytes = gzread(file_.get(), buffer_.data(), static_cast<unsigned>(buffer_.size()));
  if (bytes <= 0) return traits_type::eof();
  // Of a pipe gzoffset() knows no place: -1.
  if (told_) told_(static_cast<std::uint64_t>(std::max<z_off_t>(gzoffset(file_.get()), 0)));
  setg(buffer_.data(), buffer_.data(), buffer_.data() + bytes);
  return traits_type::to_int_type(buffer_.front());
}

}  // namespace socklock::imports
