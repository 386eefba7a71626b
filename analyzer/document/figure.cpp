// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/document/figure.h"

#include "base/units.h"

namespace socklock::analyzer {
namespace {

std::string text_of(double value, Unit unit, int digits) {
  switch (unit) {
    case Unit::kCount: return format_count(value);
    case Unit::kNs: return format_ns(value);
    case Unit::kShare: return format_percent(value);
    case Unit::kTimes: return format_number(value, digits) + "×";
    case Unit::kNumber:
    case Unit::kNone: break;
  }
  return format_number(value, digits);
}

}  // namespace

std::string_view name_of(Unit unit) {
  switch (unit) {
    case Unit::kCount: return "count";
    case Unit::kNumber: return "number";
    case Unit::kNs: return "ns";
    case Unit::kShare: return "share of 1";
    case Unit::kTimes: return "ratio";
    case Unit::kNone: break;
  }
  return "";
}

Figure Figure::share(double part, double whole) {
  return whole > 0 ? Figure::of(part / whole, Unit::kShare) : Figure::not_measured("there is nothing to be a share of");
}

Figure Figure::of(double value, Unit unit, int digits) {
  Figure figure(value, unit);
  figure.digits_ = digits;
  return figure;
}

Figure Figure::maybe(const std::optional<double>& value, Unit unit, std::string why_not) {
  return value ? of(*value, unit) : not_measured(std::move(why_not));
}

Figure Figure::bounded(Bound bound) const {
  Figure figure = *this;
  figure.bound_ = bound;
  return figure;
}

Figure Figure::with_error(double error) const {
  Figure figure = *this;
  figure.error_ = error;
  return figure;
}

Figure Figure::toned(Tone tone) const {
  Figure figure = *this;
  figure.tone_ = tone;
  return figure;
}

Figure Figure::ranked(double rank) const {
  Figure figure = *this;
  figure.rank_ = rank;
  return figure;
}

std::string_view Figure::why_not() const {
  const auto* const found = std::get_if<NotMeasured>(&value_);
  return found == nullptr ? std::string_view() : std::string_view(found->why);
}

std::optional<double> Figure::number() const {
  if (const auto* const value = std::get_if<double>(&value_)) return *value;
  if (const auto* const value = std::get_if<std::uint64_t>(&value_)) return static_cast<double>(*value);
  return rank_;
}

std::optional<std::uint64_t> Figure::whole_number() const {
  const auto* const value = std::get_if<std::uint64_t>(&value_);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

std::optional<bool> Figure::truth() const {
  const auto* const value = std::get_if<bool>(&value_);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

bool Figure::is_term() const {
  const auto* const found = std::get_if<Words>(&value_);
  return found != nullptr && found->is_ours;
}

std::string Figure::text() const {
  if (is_blank()) return "";
  if (!is_measured()) return "–";
  if (const auto* const words = std::get_if<Words>(&value_)) return words->text;
  if (const auto is_true = truth()) return *is_true ? "yes" : "no";
  const std::string before = bound_ == Bound::kAtLeast ? "≥ " : bound_ == Bound::kAtMost ? "≤ " : "";
  return before + text_of(number().value_or(0), unit_, digits_);
}

}  // namespace socklock::analyzer
