// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "analyzer/query/query_database.h"

namespace socklock::analyzer {

// Results as text: "table" for people, "csv" (RFC 4180), "json" ("socklock.query/1").
std::string query_text(const std::vector<QueryResult>& results, const std::string& format);

}  // namespace socklock::analyzer
