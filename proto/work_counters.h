// SPDX-License-Identifier: GPL-2.0-or-later
// What the host got done while it was recorded: the denominators. Ids are part of the trace format.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace socklock::trace {

enum class WorkCounter : std::uint32_t {
  kConnectionsActive = 1,   // opened and established; before Recorder.counts_established: every attempt
  kConnectionsPassive = 2,  // accepted: the kernel's PassiveOpens; with a filter, what accept() returned to it
  kConnectionsClosed = 3,   // of the two above
  kSendOperations = 4,
  kSendBytes = 5,
  kReceiveOperations = 6,
  kReceiveBytes = 7,
  kStated = 8,             // a count that the user stated
  kElsewhereActive = 9,    // of kConnectionsActive: in other network namespaces than the recorder's
  kElsewherePassive = 10,  // of kConnectionsPassive
  kSegmentsReceived = 11,  // of TCP, by any network namespace, as the kernel counts InSegs
  kSegmentsSent = 12,
  kDatagramsReceived = 13,  // of UDP, likewise
  kDatagramsSent = 14,
  kToldActive = 15,  // of kConnectionsActive: attempts less failed ones, both of which the kernel counts
};

struct WorkInfo {
  WorkCounter counter;
  std::string_view name;  // stable, for machines: "connections_active"
  std::string_view unit;  // for people: "connections opened"
};

std::span<const WorkInfo> work_table();
// Nothing when the id is of a newer version.
const WorkInfo* find_work(std::uint32_t id);

}  // namespace socklock::trace
