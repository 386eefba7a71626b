// SPDX-License-Identifier: GPL-2.0-or-later
// "Did you mean": the known word that a mistyped one is nearest to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace socklock {

// Empty where none is near: more than a third of the letters would have to change. Letters put in, left out, replaced,
// or swapped with their neighbour count one each (optimal string alignment distance).
std::string nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace socklock
