// SPDX-License-Identifier: GPL-2.0-or-later
// The process that a recording is filtered to.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"

namespace socklock::collector {

class Target {
 public:
  // Refused where there is no such process, or the number is that of a thread.
  static Result<Target> find(pid_t pid);
  Target(Target&& other) noexcept;
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;
  Target& operator=(Target&&) = delete;
  ~Target();

  [[nodiscard]] bool has_ended() const;
  // Readable as soon as the process has ended.
  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] const std::string& name() const { return name_; }  // its comm

 private:
  Target(int descriptor, std::string name);
  int descriptor_;
  std::string name_;
};

}  // namespace socklock::collector
