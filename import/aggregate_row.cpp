// SPDX-License-Identifier: GPL-2.0-or-later
#include "import/aggregate_row.h"

#include <algorithm>

#include "import/run_header.h"

namespace socklock::imports {

trace::v1::Header aggregate_header(const Importer& importer, const ImportOptions& options, std::uint32_t level,
                                   std::initializer_list<const char*> notes) {
  trace::v1::Header header = imported_header(importer, options);
  auto& recorder = *header.mutable_recorder();
  recorder.set_level(level);
  recorder.set_stacks("all");
  for (const char* note : notes) recorder.add_notes(note);
  if (!header.knows().duration()) recorder.add_notes(kNoDuration);
  return header;
}

Result<ImportResult> finish_aggregates(TraceBuilder& builder, const trace::v1::Header& header,
                                       const ImportOptions& options, std::uint64_t lost, std::uint64_t skipped) {
  const auto duration_ns =
      static_cast<std::uint64_t>((options.duration_seconds > 0 ? options.duration_seconds : 1) * 1e9);
  SOCKLOCK_TRY(builder.cut(0, duration_ns));
  SOCKLOCK_TRY(builder.finish(header, duration_ns));
  return ImportResult{builder.contentions(), lost, skipped, header.knows().duration()};
}

void add_counting_probes(trace::v1::Header& header, const std::set<std::string>& functions, const char* method) {
  for (const std::string& function : functions) {
    auto& probe = *header.mutable_recorder()->add_probes();
    probe.set_name(function);
    probe.set_method(method);
    probe.set_attached(true);
    probe.set_counts_calls(true);
  }
}

trace::SummaryRow aggregate_row(std::uint32_t contentions, std::uint64_t wait_ns, std::optional<std::uint64_t> min_ns,
                                std::optional<std::uint64_t> max_ns) {
  trace::SummaryRow row;
  row.contentions = contentions;
  row.wait_ns = wait_ns;
  const std::uint64_t mean_ns = wait_ns / contentions;
  row.wait_max_ns = std::clamp(max_ns.value_or(wait_ns), mean_ns, wait_ns);
  row.wait_min_ns = std::min(min_ns.value_or(0), mean_ns);
  if (contentions == 1) row.wait_min_ns = row.wait_max_ns = wait_ns;
  if (contentions == 2) row.wait_min_ns = wait_ns - row.wait_max_ns;
  if (contentions == 2 && row.wait_min_ns > row.wait_max_ns) std::swap(row.wait_min_ns, row.wait_max_ns);
  return row;
}

bool add_sums(TraceBuilder& builder, const ImportedSums& sums) {
  if (sums.contentions > kMostWaits) return false;
  std::uint64_t contentions = sums.contentions, wait_ns = sums.wait_ns;
  while (contentions > 0) {
    const std::uint64_t part = std::min(contentions, std::uint64_t{UINT32_MAX});
    const double share = static_cast<double>(part) / static_cast<double>(contentions);
    const std::uint64_t part_ns =
        part == contentions ? wait_ns
                            : std::min(wait_ns, static_cast<std::uint64_t>(share * static_cast<double>(wait_ns)));
    trace::SummaryRow row = aggregate_row(static_cast<std::uint32_t>(part), part_ns, sums.min_ns, sums.max_ns);
    row.lock = sums.lock;
    row.stack = sums.stack;
    row.flags = sums.flags;
    row.context = sums.context;
    builder.add(std::move(row));
    contentions -= part;
    wait_ns -= part_ns;
  }
  return true;
}

}  // namespace socklock::imports
