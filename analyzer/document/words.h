// SPDX-License-Identifier: GPL-2.0-or-later
// The sentences that say what a comparison found, wherever it is shown.
#pragma once

#include <string>

#include "analyzer/compare/compare.h"

namespace socklock::analyzer {

// "0.41..1.2"; of an interval narrower than its last digit as many more as tell its ends apart: not "1..1". At most 6.
std::string range_text(double low, double high, int digits);
// "0.1..0.3", "≤ 0.063", "≥ 12"; of an effect that has an interval.
std::string interval_text(const Effect& effect);
// "2.29× (1.9..2.8)", "gone (≤ 0.063)", "new (≥ 12)".
std::string effect_text(const SliceComparison& slice);
std::string delta_text(double ns);
// "tcp.ehash on input: -485 ns; tcp.bhash on setup: +12 ns": the largest changes by class and call path that
// make up most of the whole change, at most three; empty when nothing changed.
std::string largest_changes_text(const Comparison& comparison, const Taxonomy& taxonomy);
// Before, after, effect, interval and p in one sentence.
std::string effect_sentence(const SliceComparison& slice, const Comparison& comparison);
// "improved"; of single runs "no verdict: differs between these two runs".
std::string verdict_words(const Comparison& comparison);
// "tables 12 ns, then 3 ns; wait queues 103 ns, then 0.3 ns": what the headline is made of.
std::string parts_text(const Comparison& comparison);
// Why an inconclusive verdict is one, and what would settle it; else empty.
std::string what_would_decide(const Comparison& comparison);
// Why the runs leave this slice open, and what would settle it, in a sentence; of a decided one empty.
std::string why_undecided(const SliceComparison& slice, const Comparison& comparison);
// "tcp.ehash: moved to tcp.bhash; tcp.lhash2: gone": what fell, rose or came without question; else empty.
std::string fates_text(const Comparison& comparison, const Taxonomy& taxonomy);
// The answer to "does sending still wait for the tables of connections?", also where there was nothing to wait for or
// where that can't be known.
std::string send_path_answer(const Comparison& comparison);
// The command line, shortened.
std::string workload_text(const SideSummary& side);

}  // namespace socklock::analyzer
