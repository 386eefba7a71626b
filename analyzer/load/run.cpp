// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/load/run.h"

#include "proto/loss_counters.h"

namespace socklock::analyzer {

const char* name_of(SpinlockMode mode) {
  switch (mode) {
    case SpinlockMode::kPv: return "pv";
    case SpinlockMode::kNative: return "native";
    case SpinlockMode::kTestAndSet: return "test-and-set";
    case SpinlockMode::kUnknown: break;
  }
  return "unknown";
}

std::optional<SocketKind> socket_kind_named(std::string_view name) {
  if (name == "tcp") return SocketKind::kTcp;
  if (name == "tcp-listener") return SocketKind::kTcpListener;
  if (name == "udp") return SocketKind::kUdp;
  if (name == "other") return SocketKind::kOther;
  if (name == "refused") return SocketKind::kRefused;
  if (name == "ehash-lock") return SocketKind::kEhashLock;
  if (name == "bhash-lock") return SocketKind::kBhashLock;
  if (name == "bhash2-lock") return SocketKind::kBhash2Lock;
  if (name == "lhash2-lock") return SocketKind::kLhash2Lock;
  return std::nullopt;
}

void Work::add(const Work& other) {
  connections_active += other.connections_active;
  connections_passive += other.connections_passive;
  connections_closed += other.connections_closed;
  elsewhere_active += other.elsewhere_active;
  elsewhere_passive += other.elsewhere_passive;
  told_active += other.told_active;
  segments_received += other.segments_received;
  segments_sent += other.segments_sent;
  datagrams_received += other.datagrams_received;
  datagrams_sent += other.datagrams_sent;
  send_operations += other.send_operations;
  send_bytes += other.send_bytes;
  receive_operations += other.receive_operations;
  receive_bytes += other.receive_bytes;
  stated += other.stated;
  cpu_busy_ns += other.cpu_busy_ns;
}

std::uint64_t Run::lost() const {
  std::uint64_t sum = 0;
  for (const Loss& loss : losses) {
    const trace::LossInfo* info = trace::find_loss(loss.reason);
    // A reason of a newer version is taken as serious: saying too much is the safe side.
    if (info == nullptr || info->severity != trace::LossSeverity::kInfo) sum += loss.count;
  }
  return sum;
}

std::string_view name_of(OwnerState state) {
  switch (state) {
    case OwnerState::kRunning: return "running";
    case OwnerState::kRunnable: return "runnable";
    case OwnerState::kAsleep: return "asleep";
    case OwnerState::kReleased: return "gave it up";
    case OwnerState::kUnknown: break;
  }
  return "not known";
}

}  // namespace socklock::analyzer
