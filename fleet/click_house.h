// SPDX-License-Identifier: GPL-2.0-or-later
// Speaks to a ClickHouse over HTTP(S). Every answer is waited for to its end, so that an error is never a 200.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace socklock::fleet {

// What an answer other than 200 means for whoever sends.
enum class Trouble : std::uint8_t {
  kAway,      // no connection, overload, a dead shard, a schema that is not there yet: later, or another server
  kPassword,  // user, password or rights: later, but a person has to look
  kRefused,   // what was sent is at fault: again would be the same
};

struct StoreError {
  Trouble trouble = Trouble::kAway;
  int code = 0;  // ClickHouse's; 0: none
  std::string what;
  std::string server;
  // For people: what, where, and what to do.
  [[nodiscard]] Error error() const;
};
template <typename T>
using StoreResult = tl::expected<T, StoreError>;

// Of ClickHouse's error codes.
Trouble trouble_of(int code);

struct StoreOptions {
  std::vector<std::string> urls;  // https://HOST:8443/DATABASE; asked in turn where one does not answer
  std::string credentials{};      // file with two lines: user and password
  std::string ca_file{};          // of certificate authorities instead of the system's
  bool insecure = false;          // http:// also to other hosts than this one
  std::chrono::seconds timeout{60};
  // Asked about every second while an answer is waited for; true: it is waited for no longer.
  std::function<bool()> is_to_end{};
};

struct ServerUrl {
  std::string base;  // "https://host:8443/"
  std::string database;
  bool is_loopback = false;
};
// Errors (usage): no URL of a store; a password in it; http:// to another host.
Result<ServerUrl> parse_url(const std::string& url, bool insecure);

class ClickHouse {
 public:
  // Reads the credentials. Errors: usage; the file can't be read, or others may read it.
  static Result<ClickHouse> open(const StoreOptions& options);
  ClickHouse(ClickHouse&&) noexcept;
  ClickHouse& operator=(ClickHouse&&) noexcept;
  ~ClickHouse();

  using Settings = std::map<std::string, std::string>;
  // The answer's text.
  StoreResult<std::string> ask(std::string_view sql, const Settings& settings = {});
  // `rows` go gzipped behind the statement, "INSERT INTO t (columns) FORMAT RowBinary".
  StoreResult<void> insert(std::string_view statement, std::string_view rows, const Settings& settings = {});

  [[nodiscard]] const ServerUrl& server() const;
  [[nodiscard]] std::size_t servers() const;
  // From now on the next of the URLs.
  void turn_to_next();
  // Bytes sent so far, as they went over the wire without headers.
  [[nodiscard]] std::uint64_t sent_bytes() const;
  // For a query with a user of one's own choice: whether the server lets `user` in without a password.
  bool lets_in_without_password(const std::string& user);

 private:
  struct State;
  explicit ClickHouse(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace socklock::fleet
