// SPDX-License-Identifier: GPL-2.0-or-later
// What hurts most in a fleet, and what one host did.
#pragma once

#include <string>

#include "analyzer/document/document.h"
#include "base/result.h"
#include "fleet/store.h"

namespace socklock::fleet {

class ClickHouseStore;

struct TopOptions {
  Window window;
  Selector selector;
  std::string by = "class";  // class, path, function, context, role, kernel, host or label:KEY
  std::size_t limit = 20;
};

// Errors (usage): `by` is none of these; kNotEnoughData: no host said anything in that time.
Result<analyzer::Document> top_document(Store& store, const TopOptions& given);
// One host: classes by call path, and its time line.
Result<analyzer::Document> host_document(ClickHouseStore& store, const std::string& host, const Window& window,
                                         std::size_t limit);

}  // namespace socklock::fleet
