// SPDX-License-Identifier: GPL-2.0-or-later
// A comparison of filtered runs says that it is one.
#pragma once

namespace socklock::analyzer {

struct Comparison;
struct Filter;

// The waits that meet the filter are the question then: they are the headline, and a warning names the conditions.
// Without conditions nothing changes.
void say_filter(const Filter& filter, Comparison& comparison);

}  // namespace socklock::analyzer
