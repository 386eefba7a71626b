// SPDX-License-Identifier: GPL-2.0-or-later
// Work that the kernel counts anyway, of all network namespaces, and where these keep their tables.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "collector/kernel/mapped_array.h"
#include "collector/probe/namespace_totals.h"
#include "collector/probe/program_runs.h"
#include "collector/resolve/kallsyms.h"
#include "socklock/trace/v1/header.pb.h"

struct bpf_link;
struct namespaces_bpf;

namespace socklock::collector {

class Namespaces {
 public:
  // Error: the kernel's counters can't be read by programs here, or are not those of /proc/net/snmp.
  static Result<Namespaces> start(const Kallsyms& symbols);

  Namespaces(Namespaces&&) noexcept;
  Namespaces& operator=(Namespaces&&) noexcept;
  ~Namespaces();

  // Totals are since this moment.
  void begin();
  // Reads what was counted up to now.
  const NamespaceTotals& read();
  // As of the last reading.
  [[nodiscard]] const NamespaceTotals& totals() const { return totals_; }
  // What the last reading found: a row of each namespace, the recorder's own first.
  [[nodiscard]] std::span<const socklock_namespace> rows() const;
  // Readings so far that could not say anything of some namespaces: there were too many, or one vanished.
  [[nodiscard]] std::uint64_t left_out() const { return left_out_; }
  // The program that sees namespaces end.
  [[nodiscard]] trace::v1::Probe probe() const;
  // Nothing where it is not attached.
  [[nodiscard]] std::optional<ProgramRuns> runs() const;

 private:
  struct Free {
    void operator()(namespaces_bpf* value) const;
  };
  Namespaces() = default;
  Result<void> load(const Kallsyms& symbols);
  void attach();
  [[nodiscard]] Result<void> check();
  bool walk();

  std::unique_ptr<namespaces_bpf, Free> programs_;
  MappedArray<socklock_namespace> namespaces_;
  MappedArray<socklock_namespace> ended_;
  MappedArray<__u64> cpu_offsets_;
  NamespaceTotals totals_;
  std::uint64_t ended_seen_ = 0;
  std::uint64_t left_out_ = 0;
  trace::v1::Probe probe_;
};

}  // namespace socklock::collector
