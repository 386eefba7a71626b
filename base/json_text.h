// SPDX-License-Identifier: GPL-2.0-or-later
// JSON as every program of the house writes it.
#pragma once

#include <string>

#include "base/text.h"

namespace socklock {

// Of nlohmann's kinds of JSON. `indent` -1: on one line. Broken UTF-8 is replaced, and nothing in it is for a terminal.
template <typename Json>
std::string dumped(const Json& json, int indent = -1) {
  return printable_json(json.dump(indent, ' ', false, Json::error_handler_t::replace));
}

}  // namespace socklock
