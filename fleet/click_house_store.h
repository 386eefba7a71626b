// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "fleet/click_house.h"
#include "fleet/store.h"

namespace socklock::fleet {

class ClickHouseStore final : public Store {
 public:
  // Errors as of ClickHouse::open(); no server answers; its schema is newer.
  static Result<ClickHouseStore> open(const StoreOptions& options);

  Result<Names> names() override;
  Result<HostsFound> hosts(const std::vector<Window>& windows, const std::vector<Selector>& groups) override;
  Result<std::vector<NameUse>> uses(const Window& window, const Selector& selector) override;
  // Host-minutes of one trace that are there more than once, on two shards: sums count them twice.
  Result<std::uint64_t> doubled(const Window& window);

  // What `fleet status` and `fleet host` ask besides: rows of text cells.
  Result<std::vector<std::vector<std::string>>> table(const std::string& sql);
  [[nodiscard]] const std::string& database() const;
  // "host = 'a' AND has(labels, 'group=canary')", of nothing what holds for every row.
  static std::string condition_of(const Selector& selector);
  // A table, and which of its rows are of these windows: whole hours of `hours`, ends of `minutes`.
  struct Part {
    bool by_hour;
    std::string table;
    std::string condition;
  };
  [[nodiscard]] std::vector<Part> parts_of(const std::vector<Window>& windows) const;
  [[nodiscard]] std::uint32_t schema() const { return schema_; }
  ClickHouse& client() { return client_; }

 private:
  explicit ClickHouseStore(ClickHouse client) : client_(std::move(client)) {}
  Result<std::string> ask(const std::string& sql);
  // Reads an answer: rows that are there twice.
  using Read = std::function<Result<std::uint64_t>(const std::string& answer)>;
  Result<std::uint64_t> ask_once(const std::function<std::string(const char* final)>& sql, const Read& read);

  ClickHouse client_;
  std::uint32_t schema_ = 1;  // the store's
};

}  // namespace socklock::fleet
