// SPDX-License-Identifier: GPL-2.0-or-later
// A ClickHouse of the test's own, on loopback, in a folder that is removed at the end; shards where asked for.
// Debian's clickhouse-server, or what SOCKLOCK_CLICKHOUSE names (a "clickhouse" of today).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/child_process.h"

namespace socklock::fleet::testing {

inline constexpr const char* kCluster = "socklock_test";

class Servers {
 public:
  // Why there is none to be had; empty where there is.
  static std::string why_missing();
  explicit Servers(unsigned count = 1, bool tls = false);
  Servers(const Servers&) = delete;
  Servers& operator=(const Servers&) = delete;
  ~Servers();

  // Answers within the patience of a test; false: it did not come up (its log is shown).
  bool start(unsigned index = 0);
  bool start_all();
  void kill(unsigned index = 0);                            // SIGKILL
  void stop(unsigned index = 0);                            // SIGTERM, and waits
  [[nodiscard]] std::string url(unsigned index = 0) const;  // with the database "socklock"
  [[nodiscard]] std::string base(unsigned index = 0) const;
  [[nodiscard]] std::string tls_url(unsigned index = 0) const;
  [[nodiscard]] unsigned tcp_port(unsigned index) const;
  [[nodiscard]] std::string certificate() const { return folder_ + "/server.crt"; }
  [[nodiscard]] const std::string& folder() const { return folder_; }
  // A file of credentials: of the user that ships, of the one that reads, of nobody.
  [[nodiscard]] std::string credentials(const std::string& user, const std::string& password) const;
  // As user "default", which has no password; fails the test where it is refused.
  std::string ask(const std::string& sql, unsigned index = 0) const;

 private:
  void configure(unsigned index) const;
  [[nodiscard]] unsigned port(unsigned index, unsigned kind) const;
  [[nodiscard]] std::string place(unsigned index) const;

  std::string folder_;
  unsigned count_;
  bool tls_;
  unsigned base_port_;
  std::vector<std::optional<ChildProcess>> processes_;
};

}  // namespace socklock::fleet::testing
