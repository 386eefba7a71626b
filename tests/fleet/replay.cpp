// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/fleet/replay.h"

#include <fmt/format.h>

#include <random>
#include <vector>

#include "base/units.h"
#include "proto/header_end.h"
#include "proto/rows.h"
#include "proto/trace_reader.h"
#include "proto/trace_writer.h"

namespace socklock::fleet {
namespace {

namespace v1 = trace::v1;

struct Source {
  v1::Header header;
  std::vector<v1::Dictionary> dictionaries;
  std::vector<v1::Interval> intervals;
  std::vector<std::uint64_t> contentions, wait_ns;
};

Result<Source> read(const std::string& path) {
  SOCKLOCK_TRY_ASSIGN(auto reader, trace::TraceReader::open(path));
  Source source;
  while (auto block = reader.next()) {
    if (auto* header = std::get_if<v1::Header>(&block->message)) source.header = *header;
    if (auto* dictionary = std::get_if<v1::Dictionary>(&block->message)) source.dictionaries.push_back(*dictionary);
    if (auto* interval = std::get_if<v1::Interval>(&block->message)) {
      std::vector<trace::SummaryRow> rows;
      SOCKLOCK_TRY(trace::decode(interval->summary(), rows));
      source.contentions.push_back(0);
      source.wait_ns.push_back(0);
      for (const trace::SummaryRow& row : rows) {
        source.contentions.back() += row.contentions;
        source.wait_ns.back() += row.wait_ns;
      }
      source.intervals.push_back(std::move(*interval));
    }
    if (auto* footer = std::get_if<v1::Footer>(&block->message))
      source.header = trace::header_at_end(source.header, *footer);
  }
  if (source.intervals.empty()) return fail({"no intervals to replay", "'" + path + "'", "", ExitCode::kBadInput});
  return source;
}

}  // namespace

Result<void> replay(const std::string& from, const std::string& to, const Replay& as) {
  SOCKLOCK_TRY_ASSIGN(Source source, read(from));
  std::mt19937_64 random(as.seed);
  v1::Header& header = source.header;
  header.set_run_id(fmt::format("{:016x}{:016x}", random(), as.begin_s));
  header.set_wall_start_ns(as.begin_s * kNsPerSecond);
  header.mutable_host()->set_name(as.host);
  header.mutable_host()->set_boot_id(fmt::format("boot of {}", as.host));
  if (!as.kernel.empty()) header.mutable_host()->set_kernel_release(as.kernel);
  SOCKLOCK_TRY_ASSIGN(auto writer, trace::TraceWriter::create(to));
  SOCKLOCK_TRY(writer.write(header));
  for (const v1::Dictionary& dictionary : source.dictionaries) SOCKLOCK_TRY(writer.write(dictionary));
  v1::Footer footer;
  std::uint64_t at_ns = 0, contentions = 0, wait_ns = 0;
  for (std::size_t i = random() % source.intervals.size(), played = 0;
       as.duration_s == 0 ? played < source.intervals.size() : at_ns < as.duration_s * kNsPerSecond;
       i = (i + 1) % source.intervals.size(), ++played) {
    v1::Interval interval = source.intervals[i];
    const std::uint64_t length_ns =
        as.interval_s > 0 ? static_cast<std::uint64_t>(as.interval_s * 1e9) : interval.end_ns() - interval.begin_ns();
    interval.set_begin_ns(at_ns);
    interval.set_end_ns(at_ns += length_ns);
    // Its sums hold for the whole recording only.
    interval.clear_pairing();
    SOCKLOCK_TRY(writer.write(interval));
    contentions += source.contentions[i];
    wait_ns += source.wait_ns[i];
  }
  if (!as.footer) return writer.publish();  // as a recorder that was killed leaves it
  footer.set_contentions(contentions);
  footer.set_wait_ns(wait_ns);
  footer.set_duration_ns(at_ns);
  *footer.mutable_header() = header;
  return writer.finish(footer);
}

}  // namespace socklock::fleet
