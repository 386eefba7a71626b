// SPDX-License-Identifier: GPL-2.0-or-later
#include "proto/header_end.h"

#include <algorithm>
#include <utility>

namespace socklock::trace {
namespace {

using Counts = google::protobuf::RepeatedField<std::uint64_t>;

std::uint64_t at(const Counts& counts, int i) { return i < counts.size() ? counts[i] : 0; }

// Counts that are all 0 are left out.
void drop_zeros(Counts& counts) {
  if (std::all_of(counts.begin(), counts.end(), [](std::uint64_t count) { return count == 0; })) counts.Clear();
}

void complete(v1::Header& header, const v1::HeaderEnd& end) {
  if (end.finished()) header.mutable_workload()->set_finished(true);
  if (end.exit_status() != 0) header.mutable_workload()->set_exit_status(end.exit_status());
  for (int i = 0; i < header.recorder().probes_size(); ++i) {
    v1::Probe& probe = *header.mutable_recorder()->mutable_probes(i);
    probe.set_run_count(at(end.run_counts(), i));
    probe.set_run_time_ns(at(end.run_times_ns(), i));
    probe.set_recursion_misses(at(end.recursion_misses(), i));
  }
  for (const v1::HashTable& table : end.hash_tables()) *header.add_hash_tables() = table;
}

}  // namespace

std::optional<v1::HeaderEnd> header_end(const v1::Header& begin, const v1::Header& end) {
  v1::HeaderEnd change;
  change.set_finished(end.workload().finished());
  change.set_exit_status(end.workload().exit_status());
  for (const v1::Probe& probe : end.recorder().probes()) {
    change.add_run_counts(probe.run_count());
    change.add_run_times_ns(probe.run_time_ns());
    change.add_recursion_misses(probe.recursion_misses());
  }
  drop_zeros(*change.mutable_run_counts());
  drop_zeros(*change.mutable_run_times_ns());
  drop_zeros(*change.mutable_recursion_misses());
  for (int i = begin.hash_tables_size(); i < end.hash_tables_size(); ++i)
    *change.add_hash_tables() = end.hash_tables(i);
  v1::Header completed = begin;
  complete(completed, change);
  if (completed.SerializeAsString() != end.SerializeAsString()) return std::nullopt;
  return change;
}

v1::Header header_at_end(v1::Header begin, const v1::Footer& footer) {
  if (footer.has_header()) return footer.header();
  if (footer.has_header_end()) complete(begin, footer.header_end());
  return begin;
}

}  // namespace socklock::trace
