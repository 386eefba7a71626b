// SPDX-License-Identifier: GPL-2.0-or-later
// A comparison on one screen of 72 columns, fit for a commit message; as Markdown for forges; as CSV, a row a
// slice; and as JSON ("socklock.compare/1").
#pragma once

#include <cstddef>
#include <string>

#include "analyzer/compare/compare.h"

namespace socklock::analyzer {

// `limit`: rows of a table; 0: all.
std::string compare_text(const Comparison& comparison, const Taxonomy& taxonomy, std::size_t limit);
std::string compare_md(const Comparison& comparison, const Taxonomy& taxonomy, std::size_t limit);
std::string compare_csv(const Comparison& comparison, const Taxonomy& taxonomy);
std::string compare_json(const Comparison& comparison, const Taxonomy& taxonomy);

}  // namespace socklock::analyzer
