// SPDX-License-Identifier: GPL-2.0-or-later
// What a change did: the document of socklock compare, for text a screen of 72 columns, fit for a commit message. Its
// data are "socklock.compare/1".
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "analyzer/compare/compare.h"
#include "analyzer/document/document.h"
#include "analyzer/document/slice_columns.h"

namespace socklock::analyzer {

// `limit`: rows of a table in text and Markdown; 0: all.
Document compare_document(const Comparison& comparison, const Taxonomy& taxonomy, Detail detail, std::size_t limit);

// What the script of an interactive page shows: the data, and the call stacks, which the comparison was asked for.
void add_interactive_data(const Comparison& comparison, const Taxonomy& taxonomy, Document& document);

// The parts for programs.
Table compare_rows(const Comparison& comparison, const Taxonomy& taxonomy);
Value compare_data(const Comparison& comparison, const Taxonomy& taxonomy);

// Slices of the comparison (or of others of the same runs), a row each, with the measures that `detail` has room for;
// of an exploration, which has no side after, those of one side. `title`: what the slices are, "lock class".
Table slices_table(std::span<const SliceComparison> slices, const Comparison& comparison, std::string title,
                   Detail detail);
// The same with only these measures of both sides.
Table slices_table(std::span<const SliceComparison> slices, const Comparison& comparison, std::string title,
                   Detail detail, const std::vector<const SliceMeasure*>& measures);
// Runs, time, work of each side.
Table sides_table(const Comparison& comparison);
// Where the wait went, class by class; for text the largest changes, the rest and the whole.
Table moved_table(const Comparison& comparison, const Taxonomy& taxonomy, Detail detail);

// Without acquisitions, which are of classes.
SliceValues values_of(const SideMeasures& measures, const SideSummary& side);
Figure verdict_figure(Verdict verdict);
Tone tone_of(Verdict verdict);
// Whether anything waited in the slice.
bool has_waits(const SliceComparison& slice);

}  // namespace socklock::analyzer
