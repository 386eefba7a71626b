// SPDX-License-Identifier: GPL-2.0-or-later
// Where a verb's result goes: standard output, or a file that is whole or not there.
#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/atomic_file.h"
#include "base/result.h"

namespace socklock::analyzer {

class Output {
 public:
  // Standard output if `path` is empty or "-". A file replaces what was there by finish() only, so that a full disk or
  // an error leaves no half result; a link is replaced itself. Not so a device, a pipe, or what a link leads to in /dev
  // or /proc, as /dev/stdout does: that is written to. Errors: it can't be written; it is a trace, which is hardly what
  // somebody wants replaced.
  static Result<Output> open(const std::string& path);
  Output(Output&&) noexcept = default;
  Output& operator=(Output&&) = delete;
  ~Output() = default;

  // Whether it is standard output.
  [[nodiscard]] bool is_standard() const { return path_.empty(); }
  Result<void> write(std::string_view text);
  // What was written is there to be read by others.
  Result<void> flush();
  Result<void> finish();

 private:
  Output() = default;
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  [[nodiscard]] std::FILE* stream() const { return stream_ ? stream_.get() : stdout; }

  std::string path_;                // empty: standard output
  std::optional<AtomicFile> file_;  // nothing: it is written directly
  std::unique_ptr<std::FILE, Close> stream_;
};

Result<void> write_output(const std::string& text, const std::string& path);

}  // namespace socklock::analyzer
