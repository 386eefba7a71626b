// SPDX-License-Identifier: GPL-2.0-or-later
// The D scripts as files, which is how dtrace(1) takes them; they go with this object.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace socklock::collector {

class ScriptFolder {
 public:
  static Result<ScriptFolder> make();

  ScriptFolder(ScriptFolder&& other) noexcept;
  ScriptFolder& operator=(ScriptFolder&&) = delete;
  ~ScriptFolder();

  // dtrace's arguments: of contention only (1), or with acquisitions (2).
  [[nodiscard]] std::vector<std::string> arguments(std::uint32_t level) const;

 private:
  explicit ScriptFolder(std::string path);
  std::string path_;
};

}  // namespace socklock::collector
