// SPDX-License-Identifier: GPL-2.0-or-later
// What systemd is told of a service: the protocol of sd_notify(3), which is a datagram of NAME=VALUE lines.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace socklock::collector {

class ServiceManager {
 public:
  // Of a service with $NOTIFY_SOCKET in its environment; else nothing is ever told. A manager that is gone, or whose
  // queue is full, is no reason to stop recording: what can't be told is dropped.
  explicit ServiceManager(bool is_service);
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;
  ~ServiceManager();

  // It records into `trace` from now on.
  void recording(const std::string& trace);
  // To be called all the time: the watchdog hears of it twice in its time (sd_watchdog_enabled(3)). CLOCK_MONOTONIC,
  // ns.
  void alive(std::uint64_t now_ns);

 private:
  void tell(std::string_view lines) const;

  int fd_ = -1;
  std::uint64_t alive_every_ns_ = 0;  // 0: nobody watches
  std::uint64_t told_alive_ns_ = 0;
};

}  // namespace socklock::collector
