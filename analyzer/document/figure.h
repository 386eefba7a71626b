// SPDX-License-Identifier: GPL-2.0-or-later
// One figure of a report, a comparison or the viewer. What was not measured has no number in it, so nothing can show
// it as 0.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace socklock::analyzer {

enum class Unit : std::uint8_t {
  kNone,    // words
  kCount,   // "1,480"
  kNumber,  // per unit of work, say: "0.0123"
  kNs,      // "3.41 ms"
  kShare,   // of 1: "99.3%"
  kTimes,   // "2.29×"
};
// As machines read it: "ns", "share of 1", ...; empty of words.
std::string_view name_of(Unit unit);

// What the figure is to the true one.
enum class Bound : std::uint8_t { kNone, kAtLeast, kAtMost };

// What a figure says of a change, for its colour.
enum class Tone : std::uint8_t { kPlain, kBetter, kWorse, kSame, kUnclear };

class Figure {
 public:
  // Nothing: there is nothing here that could have been measured.
  Figure() = default;
  static Figure count(std::uint64_t value) { return {value, Unit::kCount}; }
  static Figure whole(std::uint64_t value, Unit unit) { return {value, unit}; }
  static Figure of(double value, Unit unit, int digits = 3);
  // A share; of nothing there is none.
  static Figure share(double part, double whole);
  static Figure flag(bool value) { return {value, Unit::kNone}; }
  // May come from a trace: renderers escape it.
  static Figure words(std::string text) { return Figure(Words{std::move(text), false}, Unit::kNone); }
  // A word of ours, which needs no quotes: "improved", "send".
  static Figure term(std::string_view text) { return Figure(Words{std::string(text), true}, Unit::kNone); }
  // It could not be known, and `why`, which may be empty.
  static Figure not_measured(std::string why) { return Figure(NotMeasured{std::move(why)}, Unit::kNone); }
  // `value` where it is there.
  static Figure maybe(const std::optional<double>& value, Unit unit, std::string why_not = "");

  [[nodiscard]] Figure bounded(Bound bound) const;
  // Half the width of its 95% interval, in its own unit; 0: exact.
  [[nodiscard]] Figure with_error(double error) const;
  [[nodiscard]] Figure toned(Tone tone) const;
  // What words are sorted by: those of an effect by its ratio.
  [[nodiscard]] Figure ranked(double rank) const;

  [[nodiscard]] bool is_blank() const { return std::holds_alternative<std::monostate>(value_); }
  [[nodiscard]] bool is_measured() const { return !is_blank() && !std::holds_alternative<NotMeasured>(value_); }
  // Why there is no figure; empty where there is one.
  [[nodiscard]] std::string_view why_not() const;
  // The number, or the rank of words; nothing where there is none.
  [[nodiscard]] std::optional<double> number() const;
  [[nodiscard]] std::optional<std::uint64_t> whole_number() const;
  [[nodiscard]] std::optional<bool> truth() const;
  // Of words: whether they are ours.
  [[nodiscard]] bool is_term() const;
  [[nodiscard]] double error() const { return error_; }
  [[nodiscard]] Tone tone() const { return tone_; }
  [[nodiscard]] Unit unit() const { return unit_; }
  // For people: "3.41 ms", "≥ 1,480", "–" where it was not measured, nothing where there is nothing.
  [[nodiscard]] std::string text() const;

 private:
  struct NotMeasured {
    std::string why;
  };
  struct Words {
    std::string text;
    bool is_ours = false;
  };
  using Value = std::variant<std::monostate, NotMeasured, bool, std::uint64_t, double, Words>;

  Figure(Value value, Unit unit) : value_(std::move(value)), unit_(unit) {}

  Value value_;
  Unit unit_ = Unit::kNone;
  int digits_ = 3;
  Bound bound_ = Bound::kNone;
  Tone tone_ = Tone::kPlain;
  double error_ = 0;
  std::optional<double> rank_;
};

}  // namespace socklock::analyzer
