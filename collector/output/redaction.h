// SPDX-License-Identifier: GPL-2.0-or-later
// Leaves out of a trace what tells whose machine it comes from.
#pragma once

#include <cstdint>
#include <string>

#include "socklock/trace/v1/dictionary.pb.h"
#include "socklock/trace/v1/header.pb.h"

namespace socklock::collector {

// What is left out. Whoever may record without being root is not to learn where the kernel's objects lie, which
// helps an attack (kernel.kptr_restrict hides them for that reason).
enum class Redacted { kNothing, kAddresses, kAll };

// kAll: host name, kernel and other command lines, boot id, names of threads, cgroups and network namespaces, kernel
// addresses. What has to be distinguished inside the trace still is: threads and addresses get pseudonyms, salted
// anew for each run, so that those of two traces can't be linked.
class Redaction {
 public:
  explicit Redaction(Redacted redacted);

  [[nodiscard]] trace::v1::Header applied(trace::v1::Header header) const;
  void apply(trace::v1::Dictionary& dictionary) const;

 private:
  [[nodiscard]] std::string pseudonym(const char* kind, const std::string& name) const;
  // Never 0, which means "none".
  [[nodiscard]] std::uint64_t pseudonym(std::uint64_t address) const;

  Redacted redacted_;
  std::uint64_t salt_ = 0;
};

}  // namespace socklock::collector
