// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/live/trace_tail.h"

#include <algorithm>
#include <filesystem>
#include <utility>
#include <variant>

#include "proto/loss_counters.h"
#include "proto/rows.h"
#include "proto/trace_reader.h"
#include "proto/trace_writer.h"

namespace socklock::analyzer {
namespace {

namespace fs = std::filesystem;
namespace v1 = trace::v1;

// Names of a service's traces sort as their times do. Links, which lead elsewhere, and what is no file are none.
Result<std::string> newest_in(const fs::path& folder) {
  std::error_code error;
  fs::path newest;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path& path = entry->path();
    std::error_code gone;
    if (path.extension() == ".slk" && path.filename() > newest.filename() &&
        entry->symlink_status(gone).type() == fs::file_type::regular)
      newest = path;
  }
  if (error)
    return fail({"cannot list the traces: " + error.message(), "'" + folder.string() + "'", "", ExitCode::kBadInput});
  return newest.string();
}

std::uint64_t minus(std::uint64_t time_ns, std::uint64_t shift_ns) {
  return time_ns > shift_ns ? time_ns - shift_ns : 0;
}

bool is_of_totals(std::uint32_t loss) {
  const trace::LossInfo* const info = trace::find_loss(loss);
  return info == nullptr || info->severity == trace::LossSeverity::kTotals;
}

// What the footer promises of an interval; its clock is set back by `shift_ns`.
v1::Interval shifted(v1::Interval interval, std::uint64_t shift_ns, v1::Footer& footer) {
  interval.set_begin_ns(minus(interval.begin_ns(), shift_ns));
  interval.set_end_ns(minus(interval.end_ns(), shift_ns));
  // Waits that began before, or end after, would not add up.
  interval.clear_pairing();
  std::vector<trace::SummaryRow> rows;
  if (trace::decode(interval.summary(), rows))
    for (const trace::SummaryRow& row : rows) {
      footer.set_contentions(footer.contentions() + row.contentions);
      footer.set_wait_ns(footer.wait_ns() + row.wait_ns);
    }
  for (const auto& loss : interval.losses())
    if (is_of_totals(loss.id())) footer.set_lost(footer.lost() + loss.value());
  footer.set_duration_ns(interval.end_ns());
  return interval;
}

}  // namespace

void TraceTail::follow(const std::string& file) {
  file_ = file;
  position_ = 0;
  has_header_ = has_ended_ = false;
  dictionaries_.clear();
  pending_.clear();
  kept_.clear();
  first_of_trace_ = next_;
}

Result<void> TraceTail::poll() {
  std::error_code ignored;
  if (!fs::is_directory(path_, ignored)) {
    if (file_.empty() && fs::exists(path_, ignored)) follow(path_);
    return file_.empty() ? Result<void>() : read_on();
  }
  // The one before to its end, first.
  if (!file_.empty() && fs::exists(file_, ignored)) SOCKLOCK_TRY(read_on());
  SOCKLOCK_TRY_ASSIGN(const std::string newest, newest_in(path_));
  if (newest.empty() || newest == file_) return {};
  follow(newest);
  return read_on();
}

Result<void> TraceTail::read_on() {
  std::error_code ignored;
  // A file that was just made has no header yet.
  if (fs::file_size(file_, ignored) < trace::kFileHeaderBytes) return {};
  SOCKLOCK_TRY_ASSIGN(auto reader, trace::TraceReader::open(file_));
  if (position_ != 0) reader.seek(position_);
  while (auto block = reader.next()) {
    position_ = reader.position_bytes();
    if (auto* header = std::get_if<v1::Header>(&block->message)) {
      if (!std::exchange(has_header_, true)) header_ = std::move(*header);
    } else if (auto* dictionary = std::get_if<v1::Dictionary>(&block->message)) {
      dictionaries_.push_back(std::move(*dictionary));
    } else if (auto* events = std::get_if<v1::Events>(&block->message)) {
      pending_.push_back(std::move(*events));
    } else if (auto* interval = std::get_if<v1::Interval>(&block->message)) {
      kept_.push_back({std::move(*interval), std::exchange(pending_, {})});
      ++next_;
      forget_old();
    } else {
      has_ended_ = true;
    }
  }
  return {};
}

void TraceTail::forget_old() {
  const std::uint64_t end_ns = kept_.back().interval.end_ns();
  while (kept_.size() > 1 && kept_.front().interval.end_ns() + keep_ns_ <= end_ns) kept_.pop_front();
}

TraceTail::Span TraceTail::span(std::uint64_t interval) const {
  const v1::Interval& kept = kept_[kept_.size() - (next_ - interval)].interval;
  return {kept.begin_ns(), kept.end_ns()};
}

template <typename Writer>
Result<void> TraceTail::write_to(Writer& writer, std::uint64_t first, std::uint64_t last) const {
  const std::uint64_t shift_ns = span(first).begin_ns;
  v1::Header header = header_;
  header.set_monotonic_start_ns(header.monotonic_start_ns() + shift_ns);
  header.set_wall_start_ns(header.wall_start_ns() + shift_ns);
  SOCKLOCK_TRY(writer.write(header));
  for (const v1::Dictionary& dictionary : dictionaries_) SOCKLOCK_TRY(writer.write(dictionary));
  v1::Footer footer;
  for (std::uint64_t i = first; i < last; ++i) {
    const Kept& kept = kept_[kept_.size() - (next_ - i)];
    for (const v1::Events& message : kept.events) {
      trace::EventColumns events;
      SOCKLOCK_TRY(trace::decode(message, events));
      for (std::uint64_t& end_ns : events.end_ns) end_ns = minus(end_ns, shift_ns);
      footer.set_events(footer.events() + events.size());
      SOCKLOCK_TRY(writer.write(events));
    }
    SOCKLOCK_TRY(writer.write(shifted(kept.interval, shift_ns, footer)));
  }
  *footer.mutable_header() = header;
  return writer.finish(std::move(footer));
}

Result<void> TraceTail::write(std::uint64_t first, std::uint64_t last, const std::string& path) const {
  SOCKLOCK_TRY_ASSIGN(auto writer, trace::TraceWriter::create(path));
  return write_to(writer, first, last);
}

Result<void> TraceTail::write(std::uint64_t first, std::uint64_t last, int fd) const {
  SOCKLOCK_TRY_ASSIGN(auto writer, trace::TraceWriter::to_descriptor(fd, "a part of a trace"));
  return write_to(writer, first, last);
}

}  // namespace socklock::analyzer
