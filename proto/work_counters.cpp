// SPDX-License-Identifier: GPL-2.0-or-later
#include "proto/work_counters.h"

#include <algorithm>
#include <array>

namespace socklock::trace {
namespace {

using enum WorkCounter;

constexpr std::array kWorkTable{
    WorkInfo{kConnectionsActive, "connections_active", "connections opened"},
    WorkInfo{kConnectionsPassive, "connections_passive", "connections accepted"},
    WorkInfo{kConnectionsClosed, "connections_closed", "connections closed"},
    WorkInfo{kSendOperations, "send_operations", "send operations"},
    WorkInfo{kSendBytes, "send_bytes", "bytes sent"},
    WorkInfo{kReceiveOperations, "receive_operations", "receive operations"},
    WorkInfo{kReceiveBytes, "receive_bytes", "bytes received"},
    WorkInfo{kStated, "stated", "units of work stated by the user"},
    WorkInfo{kElsewhereActive, "elsewhere_active", "of the connections opened, in other network namespaces"},
    WorkInfo{kElsewherePassive, "elsewhere_passive", "of the connections accepted, in other network namespaces"},
    WorkInfo{kSegmentsReceived, "segments_received", "TCP segments received"},
    WorkInfo{kSegmentsSent, "segments_sent", "TCP segments sent"},
    WorkInfo{kDatagramsReceived, "datagrams_received", "UDP datagrams received"},
    WorkInfo{kDatagramsSent, "datagrams_sent", "UDP datagrams sent"},
    WorkInfo{kToldActive, "told_active", "of the connections opened, told by the kernel's counters"},
};

}  // namespace

std::span<const WorkInfo> work_table() { return kWorkTable; }

const WorkInfo* find_work(std::uint32_t id) {
  const auto* found = std::find_if(kWorkTable.begin(), kWorkTable.end(), [id](const WorkInfo& info) {
    return static_cast<std::uint32_t>(info.counter) == id;
  });
  return found == kWorkTable.end() ? nullptr : found;
}

}  // namespace socklock::trace
