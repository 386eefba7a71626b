// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analyzer/document/what_if.h"
#include "analyzer/measure/work_unit.h"
#include "base/units.h"

namespace socklock::analyzer {
namespace {

// Both ends, or one figure where they read alike.
std::string ends_text(const std::string& low, const std::string& high) {
  return low == high ? low : low + " .. " + high;
}

std::string spread_text(double low, double high) { return ends_text(format_number(low, 2), format_number(high, 2)); }

bool any_model(const WhatIf& estimate, ModelKind kind) {
  return std::any_of(estimate.models.begin(), estimate.models.end(),
                     [kind](const ModelFacts& model) { return model.kind == kind; });
}

bool any_change(const WhatIf& estimate, ChangeKind kind) {
  return std::any_of(estimate.changes.begin(), estimate.changes.end(),
                     [kind](const Change& change) { return change.kind == kind; });
}

std::string inside_text(bool inside) { return inside ? "inside the range" : "OUTSIDE the range"; }

}  // namespace

std::string question_of(const WhatIf& estimate) {
  std::string text = "What if ";
  for (std::size_t i = 0; i < estimate.changes.size(); ++i)
    text += (i == 0 ? "" : ", and ") + sentence_of(estimate.changes[i]);
  return text + "?";
}

std::string left_text(const Prospect& left) {
  return fmt::format("{} ({} with runs and model factor)", spread_text(left.model.low, left.model.high),
                     spread_text(left.low, left.high));
}

std::string speed_text(const WhatIf& estimate) {
  const Speed& speed = estimate.speed;
  if (speed.bound == SpeedBound::kNone) return "how busy the CPUs were is not known, so nothing is said of speed";
  const std::string busy =
      speed.busy_share > 0 ? fmt::format("; they are busy {}", format_percent(std::min(1.0, speed.busy_share))) : "";
  const char* const bound = speed.bound == SpeedBound::kCpu ? "the CPUs" : "the wait saved";
  // A second of work is one whatever the speed.
  if (estimate.unit == name_of(WorkUnit::kSeconds))
    return fmt::format("estimated at 1 .. {} times what it is: what {} would allow{}", format_number(speed.high, 3),
                       bound, busy);
  if (speed.high <= 1.005)
    return fmt::format("{}/s {}, estimated to stay: the wait costs no CPU, and the CPUs have no time to spare{}",
                       format_number(speed.before_per_s, 3), estimate.unit, busy);
  return fmt::format("{}/s {}, estimated at {} .. {}/s: what {} would allow{}", format_number(speed.before_per_s, 3),
                     estimate.unit, format_number(speed.before_per_s * speed.low, 3),
                     format_number(speed.before_per_s * speed.high, 3), bound, busy);
}

std::string model_text(const ModelFacts& model) {
  if (model.kind == ModelKind::kNobodyMeets)
    return fmt::format("{}: one lock each, so nobody meets anybody", model.lock_class);
  if (model.kind == ModelKind::kPairs)
    return fmt::format("{}: waits by who held the lock, model factor {}", model.lock_class, model.factor);
  if (model.kind == ModelKind::kFirstOrder)
    return fmt::format("{}: first order (waits go with the use of the lock), model factor {}", model.lock_class,
                       model.factor);
  std::string text = fmt::format(
      "{}: closed queue of {} {}, {} between two visits, held for {}, {} left of a hold that is met; model factor {}",
      model.lock_class, format_count(model.threads),
      model.from_single_waits ? "customers, from single waits" : "customers", format_ns(model.think_ns),
      format_ns(model.hold_ns), format_ns(model.residual_ns), model.factor);
  if (model.wake_latency_ns) text += fmt::format("; {} from being woken to running", format_ns(*model.wake_latency_ns));
  if (model.check)
    text +=
        fmt::format("; checked: it makes {}× of the measured wait of before", format_number(model.check->ratio(), 2));
  return text;
}

std::vector<std::string> assumptions_of(const WhatIf& estimate) {
  std::vector<std::string> list;
  if (any_change(estimate, ChangeKind::kSplit) && !any_model(estimate, ModelKind::kNobodyMeets))
    list.emplace_back("the locks of a split are used evenly and at random; uneven use leaves more");
  if (any_model(estimate, ModelKind::kNobodyMeets)) list.emplace_back("no thread ever takes another one's lock");
  if (any_model(estimate, ModelKind::kClosedQueue))
    list.emplace_back("the same threads come back, and hold the lock for as long as before");
  if (any_model(estimate, ModelKind::kFirstOrder))
    list.emplace_back("waits fall as the use of the lock does: no queue is modelled");
  if (any_model(estimate, ModelKind::kPairs))
    list.emplace_back("waits behind holders that no longer take the lock are gone, and no others come in their place");
  if (estimate.within_run_only) list.emplace_back("one run: its intervals vary, and other runs may vary more");
  list.emplace_back("hand-overs cost what they cost now, and the mix of the load stays");
  return list;
}

std::vector<std::string> cannot_know(const WhatIf& estimate) {
  std::vector<std::string> list{"what replaces the lock costs"};
  if (any_change(estimate, ChangeKind::kAvoid))
    list.emplace_back("the work done under it may vanish too (then faster)");
  list.emplace_back("which lock nobody waited for so far is met next");
  if (any_model(estimate, ModelKind::kNobodyMeets) && estimate.level < 2)
    list.emplace_back("softirqs may still take it on top of its owner: who held it was not recorded");
  if (estimate.spinlock_mode == SpinlockMode::kNative)
    list.emplace_back("first waiters, which native spinlocks do not report");
  return list;
}

std::string refusal_text(const RefusedClass& refused) {
  std::string text = refused.lock_class.empty() ? "" : refused.lock_class + ": ";
  text += refused.refusal.detail;
  if (!refused.refusal.hint.empty()) text += ". What would help: " + refused.refusal.hint;
  return text;
}

std::string measured_text(const WhatIf& estimate) {
  if (!estimate.measured) return "";
  const Measured& measured = *estimate.measured;
  const auto figure = [](double value) { return format_number(value, 2); };
  std::string text = fmt::format(
      "{} runs of the real change: left of all wait {}, of these locks' wait {}, of their "
      "contentions {}",
      measured.runs, figure(measured.left), figure(measured.touched_left), figure(measured.contentions_left));
  if (estimate.is_refused()) return text + "; nothing was estimated";
  return text + fmt::format("; estimated {} ({}), {} ({}), {} ({})", figure(estimate.left.model.estimate),
                            inside_text(measured.inside), figure(estimate.touched_left.model.estimate),
                            inside_text(measured.touched_inside), figure(estimate.contentions_left.model.estimate),
                            inside_text(measured.contentions_inside));
}

std::string to_be_sure(const WhatIf& estimate) {
  const double left = estimate.left.model.estimate;
  if (estimate.is_refused() || left >= 1) return "";
  return fmt::format("make the change and measure it: socklock ab tells {} from 1", format_number(left, 2));
}

}  // namespace socklock::analyzer
