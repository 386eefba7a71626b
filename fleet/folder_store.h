// SPDX-License-Identifier: GPL-2.0-or-later
// The same questions to folders of traces, for who has no server. Rows are those that the shipper would send.
#pragma once

#include <string>
#include <vector>

#include "fleet/roll_up.h"
#include "fleet/store.h"

namespace socklock::fleet {

class FolderStore final : public Store {
 public:
  // Every trace of each folder is rolled up. Errors: a folder without traces; a trace that can't be.
  static Result<FolderStore> open(const std::vector<std::string>& folders, const analyzer::Taxonomy& taxonomy,
                                  const RollUpOptions& options);

  Result<Names> names() override { return names_; }
  Result<HostsFound> hosts(const std::vector<Window>& windows, const std::vector<Selector>& groups) override;
  Result<std::vector<NameUse>> uses(const Window& window, const Selector& selector) override;

 private:
  struct Held {
    std::string folder;
    Row row;
  };
  [[nodiscard]] std::vector<HostUse> hosts_in(const Window& window, const Selector& selector) const;
  [[nodiscard]] std::vector<const Row*> rows(const Window& window, const Selector& selector) const;

  std::vector<Held> rows_;  // of minutes; of one key the last
  Names names_;
};

}  // namespace socklock::fleet
