// SPDX-License-Identifier: GPL-2.0-or-later
// How inputs of one kind are changed so that they stay of that kind: what libFuzzer is given in place of its own.
#pragma once

#include <string>
#include <string_view>

#include "tests/fuzz/wire_mutator.h"

namespace socklock::fuzz {

// `input` with parts of it changed, or taken from `other`; empty where there is nothing to change. Each target is
// linked with the one of its kind.
std::string changed_input(std::string_view input, std::string_view other, Random& random);

}  // namespace socklock::fuzz
