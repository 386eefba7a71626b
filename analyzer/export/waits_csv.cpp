// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/export/waits_csv.h"

#include <fmt/format.h>

#include "analyzer/export/exporter.h"
#include "analyzer/export/stack_profile.h"
#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/measure/breakdown.h"
#include "base/text.h"

namespace socklock::analyzer {
namespace {

std::string stack_text(const Dictionaries& dictionaries, StackId id) {
  std::string text;
  const auto& frames = dictionaries.at(id).frames;
  for (auto frame = frames.rbegin(); frame != frames.rend(); ++frame)
    text += (text.empty() ? "" : ";") + display_name(dictionaries.at(*frame));
  return text;
}

// Empty where it is not known, as in all rows of summaries.
std::string cgroup_of_row(const Dictionaries& dictionaries, ThreadId thread) {
  const Cgroup& cgroup = cgroup_of(dictionaries, thread);
  return cgroup.path.empty() ? "" : cgroup.name;
}

std::string namespace_of(const Dictionaries& dictionaries, LockId id) {
  const LockFacts& lock = dictionaries.at(id);
  return lock.netns_inode == 0 ? "" : namespace_name(dictionaries, lock);
}

void add_run(const ExportSide& side, const LabelledRun& labelled, const Taxonomy& taxonomy, std::string& text) {
  const Run& run = labelled.run;
  const InstanceNames names(run.dictionaries);
  for (std::size_t row = 0; row < run.waits.size(); ++row) {
    const WaitKey& key = run.waits.keys[row];
    const WaitSums& sums = run.waits.sums[row];
    const WaitLabels& labels = labelled.labels[row];
    if (sums.contentions == 0) continue;
    const LockClass& lock_class = taxonomy.at(labels.lock_class);
    text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\r\n", side.name, csv_cell(run.path),
                        csv_cell(run.facts.label), csv_cell(lock_class.name), csv_cell(name_of(lock_class.role)),
                        csv_cell(names.name(run.dictionaries.at(key.lock), lock_class)), name_of(labels.path),
                        labels.origin ? name_of(*labels.origin) : "", name_of(labels.context),
                        key.stack == kNoStack ? "" : csv_cell(display_name(run.dictionaries.at(labels.taker))),
                        csv_cell(stack_text(run.dictionaries, key.stack)), sums.contentions, sums.gave_up, sums.wait_ns,
                        sums.contentions == sums.untimed ? 0 : sums.wait_min_ns, sums.wait_max_ns,
                        run.facts.knows_run_delay ? fmt::to_string(sums.run_delay_ns) : "",
                        csv_cell(namespace_of(run.dictionaries, key.lock)),
                        csv_cell(cgroup_of_row(run.dictionaries, key.thread)));
  }
}

}  // namespace

std::string waits_csv(std::span<const ExportSide> sides, const Taxonomy& taxonomy) {
  std::string text =
      "side,file,label,lock_class,role,lock,call_path,origin,context,function,stack,contentions,gave_up,wait_ns,"
      "min_wait_ns,max_wait_ns,run_delay_ns,netns,cgroup\r\n";
  for (const ExportSide& side : sides)
    for (const LabelledRun& run : side.runs) add_run(side, run, taxonomy, text);
  return text;
}

namespace {

ExportFiles export_csv(const ExportRequest& request) {
  return std::vector{ExportFile{waits_csv(request.sides, request.taxonomy)}};
}

}  // namespace

extern const Exporter kCsvExporter{"csv", "every row of the table of waits", false, export_csv};

}  // namespace socklock::analyzer
