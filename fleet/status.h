// SPDX-License-Identifier: GPL-2.0-or-later
// Is everything there that should be? And taking away what should not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "analyzer/document/document.h"
#include "base/result.h"
#include "fleet/click_house_store.h"

namespace socklock::fleet {

struct Status {
  analyzer::Document document;
  std::uint64_t late_hosts = 0;
};
// `late_s`: a host is late that said nothing for so long, of those that said something in the last week.
Result<Status> status(ClickHouseStore& store, std::uint64_t now_s, std::uint64_t late_s);

// On every server of `store`: rows older than this, by whole partitions; or all of a host. What was done. Errors:
// usage; a server refuses.
Result<std::string> drop_older(const StoreOptions& store, std::uint64_t older_s, std::uint64_t now_s);
Result<std::string> drop_host(const StoreOptions& store, const std::string& host);

}  // namespace socklock::fleet
