// SPDX-License-Identifier: GPL-2.0-or-later
// How many distinct ones registers of HyperLogLog stand for (proto/distinct_registers.h).
#pragma once

#include <optional>

#include "proto/distinct_registers.h"

namespace socklock::analyzer {

// `into` then stands for those of either.
void merge_distinct(const trace::DistinctRegisters& from, trace::DistinctRegisters& into);

// Nothing where all registers are 0. To 13% (1.04 / sqrt(64)), and nearly exact below 32. Flajolet, Fusy, Gandouet and
// Meunier 2007, with their correction for few; that for many is not needed below 2^32 / 30 threads.
std::optional<double> count_distinct(const trace::DistinctRegisters& registers);

}  // namespace socklock::analyzer
