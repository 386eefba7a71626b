// SPDX-License-Identifier: GPL-2.0-or-later
// Values of options that are the same in all programs.
#pragma once

#include <CLI/CLI.hpp>

namespace socklock {

// "64MiB", "500MB" into bytes.
CLI::AsSizeValue size_value();
// "90", "90s", "5m", "12h", "7d" into seconds.
CLI::Validator duration_value();
// "250ns", "100us", "5ms", "1.5s" into seconds: of single waits, where a number alone would be a guess.
CLI::Validator short_time_value();
// From `low` to `high`. "nan" is neither below nor above, and so in every CLI::Range.
CLI::Validator number_in(double low, double high);
// "1%" is 1, as "1" is.
CLI::Validator percent_value();

}  // namespace socklock
