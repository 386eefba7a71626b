// SPDX-License-Identifier: GPL-2.0-or-later
// Sends the finished traces of a folder to a fleet's store. The folder is the spool: what was not sent stays there.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "fleet/click_house.h"
#include "fleet/ledger.h"
#include "fleet/roll_up.h"

namespace socklock {
class SignalWatch;
}

namespace socklock::fleet {

struct ShipOptions {
  std::string folder;
  std::string state_folder;
  StoreOptions store;
  RollUpOptions roll_up;
  bool once = false;  // what is finished now; else until a signal comes
  // Traces that recorded in this time are sent again whether they were or not; seconds since 1970.
  std::optional<std::pair<std::uint64_t, std::uint64_t>> again;
  std::string metrics_file;  // Prometheus's text, for the node exporter; empty: none
  std::chrono::seconds look_every{30};
  std::chrono::seconds spread{0};     // a finished trace waits for up to this, by its host's name
  std::chrono::seconds patience{20};  // of `once`, with a store that is away
};

struct ShipCounts {
  std::uint64_t traces = 0, minutes = 0, hours = 0;  // sent
  std::uint64_t bytes = 0;
  std::uint64_t refused = 0;     // set aside, with the reason in the ledger
  std::uint64_t waiting = 0;     // finished and not sent
  std::uint64_t unfinished = 0;  // still recorded, or left a moment ago
  std::uint64_t lost = 0;        // gone from the folder before they were sent
  std::uint64_t failures = 0;    // sends that have to be made again
  std::uint64_t damaged = 0;
  std::int64_t last_success_s = 0;
  double lag_s = 0;  // of the oldest that waits
  bool wrong_password = false;
  int ended_by_signal = 0;  // 0: not ended so
};

// Told what is worth a line: is it an error.
using ShipListener = std::function<void(bool is_error, const std::string& what)>;

// Finished traces of a folder, oldest name first: with a footer; or the recorder went on to a newer one and this has
// not grown for a minute.
struct TracesFound {
  std::vector<SeenTrace> finished;
  std::size_t unfinished = 0;
};
Result<TracesFound> find_traces(const std::string& folder);

// Errors: the folder or the ledger can't be used; `once`: the store is away. `signals` end it.
Result<ShipCounts> ship(const ShipOptions& options, const analyzer::Taxonomy& taxonomy, SignalWatch& signals,
                        const ShipListener& say);

// The rows as JSON, a line each, of every finished trace that was not sent.
Result<void> dry_run(const ShipOptions& options, const analyzer::Taxonomy& taxonomy,
                     const std::function<Result<void>(std::string_view)>& write);

std::string metrics_text(const ShipCounts& counts);

}  // namespace socklock::fleet
