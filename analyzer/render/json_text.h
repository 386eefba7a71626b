// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

namespace socklock::analyzer {

class Value;

// Indented by two; broken UTF-8 becomes U+FFFD.
std::string json_text(const Value& data);

}  // namespace socklock::analyzer
