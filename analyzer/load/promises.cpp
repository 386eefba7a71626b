// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/load/promises.h"

#include <fmt/format.h>

#include <algorithm>

#include "proto/loss_counters.h"

namespace socklock::analyzer {
namespace {

double in_seconds(std::uint64_t ns) { return static_cast<double>(ns) / 1e9; }

bool is_loss_of_begins(std::uint32_t reason) {
  using enum trace::LossReason;
  switch (static_cast<trace::LossReason>(reason)) {
    case kSpinSlotsFull:
    case kTaskSlotsFull:
    case kReentered:
    case kMissedEnd:
    case kNegativeWait:
    case kAbandoned: return true;
    default: return false;
  }
}

// interval.proto, Pairing. Imports and FreeBSD's recorder count no pairing.
std::optional<std::string> broken_pairing(const Run& run) {
  const Pairing& pairing = run.pairing;
  if (pairing.begins == 0 && pairing.matched == 0) return std::nullopt;
  std::uint64_t accounted = pairing.matched + pairing.doubled_begins + pairing.self + pairing.filtered +
                            static_cast<std::uint64_t>(std::max<std::int64_t>(pairing.open, 0));
  for (const Loss& loss : run.losses) accounted += is_loss_of_begins(loss.reason) ? loss.count : 0;
  if (accounted == pairing.begins) return std::nullopt;
  return fmt::format("{} begins of waits, of which {} are accounted for", pairing.begins, accounted);
}

}  // namespace

bool WaitTotals::add(std::uint64_t contentions, std::uint64_t wait_ns) {
  std::uint64_t more_contentions = 0, more_wait_ns = 0;
  if (__builtin_add_overflow(contentions_, contentions, &more_contentions) ||
      __builtin_add_overflow(wait_ns_, wait_ns, &more_wait_ns))
    return false;
  contentions_ = more_contentions;
  wait_ns_ = more_wait_ns;
  return true;
}

void Promises::add_interval(std::uint64_t begin_ns, std::uint64_t end_ns) {
  if (!gap_ && begin_ns > next_begin_ns_)
    gap_ = fmt::format("an interval is missing: nothing covers {:.3f} s to {:.3f} s", in_seconds(next_begin_ns_),
                       in_seconds(begin_ns));
  if (!gap_ && begin_ns < next_begin_ns_)
    gap_ = fmt::format("an interval that begins at {:.3f} s, and time until {:.3f} s was covered already",
                       in_seconds(begin_ns), in_seconds(next_begin_ns_));
  next_begin_ns_ = end_ns;
}

void Promises::add_footer(std::uint64_t offset_bytes, const trace::v1::Footer& footer) {
  footer_ = Totals{offset_bytes, footer.contentions(), footer.wait_ns(), footer.events()};
}

void Promises::check_footer(const Run& run, const WaitTotals& totals, std::vector<Damage>& broken) const {
  if (!footer_) return;
  const auto differs = [&](const char* what, std::uint64_t said, std::uint64_t found) {
    if (said != found)
      broken.push_back(
          {footer_->offset_bytes, 0, fmt::format("the footer says {} {}, and {} are there", said, what, found)});
  };
  differs("waits", footer_->contentions, totals.contentions());
  differs("ns of wait", footer_->wait_ns, totals.wait_ns());
  differs("single events", footer_->events, run.events);
}

std::vector<Damage> Promises::broken(const Run& run, const WaitTotals& totals) const {
  std::vector<Damage> broken;
  if (!run.damage.empty()) return broken;
  if (gap_) broken.push_back({0, 0, *gap_});
  check_footer(run, totals, broken);
  // Of a trace that was cut off the last interval is missing, with it the waits that were under way, and sums of
  // events.
  if (!run.closed) return broken;
  if (const auto pairing = broken_pairing(run)) broken.push_back({0, 0, *pairing});
  // A text that was cut off may have waits whose sums are missing, and counts those as lost.
  if (run.events > totals.contentions() + run.lost())
    broken.push_back({0, 0, fmt::format("{} single events of {} waits", run.events, totals.contentions())});
  return broken;
}

}  // namespace socklock::analyzer
