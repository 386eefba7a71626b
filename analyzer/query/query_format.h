// SPDX-License-Identifier: GPL-2.0-or-later
// Results of queries as text, row by row: they may be larger than memory.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "analyzer/query/query_database.h"

namespace socklock::analyzer {

// Takes text, piece by piece; an error ends the query.
using TextSink = std::function<Result<void>(std::string_view)>;

// "table" for people, "csv" (RFC 4180) or "json" ("socklock.query/1"), for one run() of a database. Columns of a table
// are as wide as the first 10000 rows need them.
std::unique_ptr<ResultWriter> result_writer(const std::string& format, TextSink sink);

}  // namespace socklock::analyzer
