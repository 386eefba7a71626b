// SPDX-License-Identifier: GPL-2.0-or-later
// The recorder's sampling of call stacks (collector/bpf/sampling.bpf.h), done over again on a recording that has the
// stack of every wait: what the estimator says of the sample can be compared with the truth.
#pragma once

#include <cstdint>

#include "analyzer/label/load_events.h"

namespace socklock::testing {

// `events` with the stacks that the recorder would have kept, one in 2^rate_bits beyond the first few of a kind. The
// draw is by the clock as in the recorder, which begins at another time for each `seed`.
analyzer::Run sample_stacks(const analyzer::EventTable& events, std::uint64_t seed, unsigned rate_bits = 6);

// All of them with their stacks.
analyzer::Run all_stacks(const analyzer::EventTable& events);

}  // namespace socklock::testing
