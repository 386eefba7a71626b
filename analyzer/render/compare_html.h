// SPDX-License-Identifier: GPL-2.0-or-later
// A comparison as one self-contained page: no script, nothing loaded, light and dark, fit for print.
#pragma once

#include <string>

#include "analyzer/compare/compare.h"

namespace socklock::analyzer {

std::string compare_html(const Comparison& comparison, const Taxonomy& taxonomy);

}  // namespace socklock::analyzer
