// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/wait_buckets.h"
#include "import/aggregate_row.h"
#include "import/dtrace_line.h"
#include "import/importers.h"
#include "import/kernel_symbols.h"
#include "import/line_input.h"
#include "import/lockstat_text.h"
#include "import/trace_builder.h"

namespace socklock::imports {
namespace {

// "tcp_usr_send+0x2a", "if_em.ko`em_rxeof+0x1", "0xffffffff80502428"
ImportedFunction function_of(const std::string& word, const KernelSymbols* symbols) {
  const DtraceLine line =
      parse_dtrace_line(word.find('`') == std::string::npos && !word.starts_with("0x") ? "kernel`" + word : word);
  const auto* frame = std::get_if<DtraceFrame>(&line);
  if (frame == nullptr) return {"[unnamed]", ""};
  const auto name = symbols != nullptr && frame->address != 0 ? symbols->name_of(frame->address) : std::nullopt;
  return name ? ImportedFunction{*name, ""} : frame->function;
}

// Octaves, whose waits are taken to be as long as the middle of theirs.
void add_distribution(const LockstatRow& in, trace::SummaryRow& row) {
  if (in.histogram.empty()) return;
  std::optional<std::size_t> first, last;
  for (std::size_t power = 0; power < in.histogram.size(); ++power) {
    if (in.histogram[power] == 0) continue;
    if (!first) first = power;
    last = power;
    const std::uint64_t low = std::uint64_t{1} << power;
    const auto bucket = static_cast<std::uint16_t>(socklock_wait_bucket(low + low / 2));
    const auto count = static_cast<std::uint32_t>(in.histogram[power]);
    if (!row.cells.empty() && row.cells.back().bucket == bucket)
      row.cells.back().count += count;
    else
      row.cells.push_back({bucket, count});
  }
  if (row.contentions <= 2) return;
  const std::uint64_t mean_ns = row.wait_ns / row.contentions;
  row.wait_min_ns = std::min<std::uint64_t>(std::uint64_t{1} << *first, mean_ns);
  row.wait_max_ns = std::clamp<std::uint64_t>((std::uint64_t{2} << *last) - 1, mean_ns, row.wait_ns);
}

class LockstatImport {
 public:
  LockstatImport(ImportOptions options, trace::TraceWriter& writer) : options_(std::move(options)), builder_(writer) {}

  void take_line(const std::string& text) {
    if (text.find_first_not_of(" \t\r") == std::string::npos) return;
    if (tables_.take_line(text)) {
      for (const LockstatRow& row : tables_.take_rows()) add(row);
    } else if (const auto row = parse_lockstat_line(text)) {
      add(*row);
    } else {
      ++skipped_;
    }
  }

  Result<ImportResult> finish(trace::TraceWriter& writer) {
    tables_.finish();
    for (const LockstatRow& row : tables_.take_rows()) add(row);
    if (builder_.contentions() == 0)
      return fail({"no contention in this text", "'" + options_.input_name + "'",
                   "what is wanted is what lockstat, or better lockstat -p -s 16 COMMAND, prints on FreeBSD",
                   ExitCode::kBadInput});
    ImportOptions options = options_;
    if (options.duration_seconds <= 0) options.duration_seconds = tables_.seconds();
    const trace::v1::Header header = made_header(options);
    SOCKLOCK_TRY(writer.write(header));
    if (tables_.missing() > 0) builder_.count_lost(trace::LossReason::kImportLost, tables_.missing());
    return finish_aggregates(builder_, header, options, tables_.missing(), skipped_);
  }

 private:
  void add(const LockstatRow& in) {
    const LockstatMeaning meaning{.spins_are_timed = in.is_timed, .knows_readers = true};
    const std::uint8_t flags = lockstat_flags(meaning, in.probe, in.reader);
    trace::SummaryRow row;
    if (is_timed(meaning, in.probe)) {
      row = aggregate_row(static_cast<std::uint32_t>(in.count), in.wait_ns, {}, in.wait_ns);
      add_distribution(in, row);
      all_distributed_ = all_distributed_ && !in.histogram.empty();
    }
    row.contentions = static_cast<std::uint32_t>(in.count);
    row.flags = flags;
    row.lock = builder_.lock_named(in.lock);
    std::vector<ImportedFunction> stack;
    for (const std::string& word : in.stack) stack.push_back(function_of(word, options_.symbols));
    row.stack = builder_.stack(stack);
    builder_.add(std::move(row));
  }

  [[nodiscard]] trace::v1::Header made_header(const ImportOptions& options) const {
    trace::v1::Header header = aggregate_header(
        kLockstat, options, 1,
        {all_distributed_ ? "the exact distribution of waits: lengths are distinguished by powers of two"
                          : "how waits were distributed: lockstat printed sums, so there are no quantiles",
         "acquisitions that spun and then blocked: they are counted twice",
         "rwlocks and sx locks that were free again when lockstat looked at who held them: it leaves those waits out",
         "how long spins were, if this is FreeBSD before 10.3: its kernel counts loops, and the text does not say so",
         "readers under epoch or SMR (FreeBSD 12 and later): not observable, no probe sees them",
         "work done meanwhile, threads, acquisitions, which lock of a name"});
    header.mutable_knows()->set_distribution(all_distributed_);
    if (tables_.begun()) header.mutable_recorder()->add_notes("exact sums: the tables have means in whole nanoseconds");
    if (tables_.missing() > 0)
      header.mutable_recorder()->add_notes(
          fmt::format("{} events that the titles count and the tables leave out: they are lost", tables_.missing()));
    return header;
  }

  const ImportOptions options_;
  TraceBuilder builder_;
  LockstatTables tables_;
  bool all_distributed_ = true;
  std::uint64_t skipped_ = 0;
};

Result<ImportResult> import_text(std::istream& in, const ImportOptions& options, trace::TraceWriter& writer) {
  LockstatImport import(options, writer);
  LineInput lines(in, options.input_name);
  while (lines.next()) import.take_line(lines.line());
  SOCKLOCK_TRY(lines.status());
  return import.finish(writer);
}

bool recognises(std::string_view head) {
  constexpr int kLines = 20;
  LockstatTables tables;
  for (int line = 0; line < kLines && !head.empty(); ++line) {
    const std::string text(take_line(head));
    if (tables.take_line(text) || parse_lockstat_line(text)) return true;
  }
  return false;
}

}  // namespace

const Importer kLockstat{.name = "lockstat",
                         .reads = "output of FreeBSD's lockstat, or better lockstat -p",
                         .recognises = recognises,
                         .import = import_text,
                         .knows = {.duration = false,
                                   .work = false,
                                   .acquisitions = false,
                                   .acquisition_paths = false,
                                   .holds = false,
                                   .system = trace::System::kFreebsd}};

}  // namespace socklock::imports
