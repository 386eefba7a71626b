// SPDX-License-Identifier: GPL-2.0-or-later
// How far off the slices of a run may be because only a sample of its waits has call stacks.
#pragma once

#include <functional>
#include <string>
#include <unordered_map>

#include "analyzer/label/attribute_stacks.h"

namespace socklock::analyzer {

// Half widths of 95 % intervals; 0: exact.
struct SamplingError {
  double contentions = 0;
  double wait_ns = 0;
};

// By name of the slice, which `slice_of` tells for a row; slices without an error are left out. `is_certain`:
// that all waits of an estimate are of one slice follows from more than the sample.
std::unordered_map<std::string, SamplingError> sampling_errors(
    const StackSampling& sampling, const std::function<std::string(std::uint32_t)>& slice_of,
    const std::function<bool(const Estimate&)>& is_certain);

// The same for slices of threads, of which all is exact but how many of their waits a filter left out.
std::unordered_map<std::string, SamplingError> sampling_errors_of_threads(
    const StackSampling& sampling, const std::function<std::string(ThreadId)>& slice_of);

}  // namespace socklock::analyzer
