// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "analyzer/document/picture.h"

namespace socklock::analyzer {

// An <svg> element; its style sheet is that of the page. Empty of an empty chart.
std::string svg_of(const Chart& chart);

}  // namespace socklock::analyzer
