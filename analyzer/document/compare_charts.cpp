// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/document/compare_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analyzer/document/compare.h"
#include "analyzer/document/words.h"
#include "analyzer/measure/distribution.h"
#include "base/text.h"
#include "base/units.h"

namespace socklock::analyzer {
namespace {

// Effects beyond these lie at the edge of the forest plot.
constexpr double kMinRatio = 1.0 / 64;
constexpr double kMaxRatio = 64;

double ratio_x(double ratio) {
  const double share = std::log(std::clamp(ratio, kMinRatio, kMaxRatio) / kMinRatio) / std::log(kMaxRatio / kMinRatio);
  return kPlotLeft + 20 + share * 290;
}

void add_row_label(Picture& picture, double y, std::string_view name) {
  picture.text({kPlotLeft - 10, y + 4}, Anchor::kEnd, "t", cut(name, 34));
}

void add_forest_row(Picture& picture, const SliceComparison& slice, double y) {
  const Effect& effect = slice.effect;
  const std::string style =
      fmt::format("v-{}", tone_of(slice.verdict) == Tone::kPlain ? "plain" : name_of(slice.verdict));
  add_row_label(picture, y, slice.name);
  if (effect.low) {
    const double low = ratio_x(*effect.low), high = ratio_x(effect.high.value_or(kMaxRatio));
    picture.line({low, y}, {high, y}, "interval " + style);
    // No cap where the interval has no end there.
    if (*effect.low > kMinRatio) picture.line({low, y - 4}, {low, y + 4}, "interval " + style);
    if (effect.high && *effect.high < kMaxRatio) picture.line({high, y - 4}, {high, y + 4}, "interval " + style);
  }
  if (effect.ratio && *effect.ratio > 0) picture.circle({ratio_x(*effect.ratio), y}, 4.5, "dot " + style);
  picture.text({kPlotRight, y + 4}, Anchor::kEnd, "t " + style, effect_text(slice));
}

std::vector<const SliceComparison*> forest_rows(const Comparison& comparison) {
  std::vector<const SliceComparison*> rows{&comparison.headline, &comparison.everything};
  for (const SliceComparison& slice : comparison.classes)
    if (rows.size() < kChartRows) rows.push_back(&slice);
  return rows;
}

// The scale of a linear axis from 0 to `max`, with its ticks.
struct LinearScale {
  double max = 1;
  double left = kPlotLeft;
  [[nodiscard]] double x(double value) const { return left + (kPlotRight - 70 - left) * value / max; }
};

void add_waterfall_bar(Picture& picture, const LinearScale& scale, double from, double to, double y,
                       std::string_view style) {
  const double left = scale.x(std::min(from, to));
  picture.rect({left, y - 8}, std::max(1.0, scale.x(std::max(from, to)) - left), 16, style);
}

struct LogScale {
  double low = 1;
  double high = 10;
  [[nodiscard]] double x(double ns) const {
    return 60 + (kPlotRight - 130) * std::log(std::max(ns, low) / low) / std::log(high / low);
  }
};

// Bins as one outline with a mark at each quantile.
void add_outline(Picture& picture, const std::vector<DistributionBin>& bins, const LogScale& scale, double share_max,
                 std::string_view style) {
  if (bins.empty()) return;
  constexpr double kBottom = 180;
  const auto y = [&](double share) { return kBottom - 150 * share / share_max; };
  std::vector<Point> points{{scale.x(bins.front().low_ns), kBottom}};
  for (const DistributionBin& bin : bins)
    points.insert(points.end(), {{scale.x(bin.low_ns), y(bin.share)}, {scale.x(bin.high_ns), y(bin.share)}});
  points.push_back({scale.x(bins.back().high_ns), kBottom});
  picture.polyline(std::move(points), fmt::format("area a-{}", style));
}

void add_quantile_marks(Picture& picture, const WaitStats& stats, const LogScale& scale, double y,
                        std::string_view style) {
  picture.text({55, y + 4}, Anchor::kEnd, "t", style);
  picture.line({scale.x(stats.quantile_ns(0.5)), y}, {scale.x(stats.quantile_ns(0.99)), y},
               fmt::format("interval s-{}", style));
  for (const auto& [name, q] : {std::pair{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}}) {
    const double x = scale.x(stats.quantile_ns(q));
    picture.circle({x, y}, 4, fmt::format("f-{}", style));
    // Left of the mark, below it, right of it: so neighbours don't overlap.
    const Anchor anchor = q == 0.5 ? Anchor::kEnd : q == 0.9 ? Anchor::kMiddle : Anchor::kStart;
    picture.text({x, q == 0.9 ? y + 17 : y - 8}, anchor, "s",
                 fmt::format("{} {}", name, format_ns(stats.quantile_ns(q))));
  }
}

void add_log_ticks(Picture& picture, const LogScale& scale, double top, double bottom) {
  for (int digits = static_cast<int>(std::ceil(std::log10(scale.low))); std::pow(10, digits) <= scale.high; ++digits) {
    const double tick = std::pow(10, digits);
    picture.line({scale.x(tick), top}, {scale.x(tick), bottom}, "grid");
    picture.text({scale.x(tick), bottom + 16}, Anchor::kMiddle, "s", format_ns(tick));
  }
}

}  // namespace

Chart forest_chart(const Comparison& comparison) {
  const auto rows = forest_rows(comparison);
  const double bottom = 34 + kRowHeight * static_cast<double>(rows.size());
  const double threshold = comparison.criteria.threshold;
  Picture picture;
  picture.rect({ratio_x(1 - threshold), 24}, ratio_x(1 + threshold) - ratio_x(1 - threshold), bottom - 24, "zone",
               "changes too small to matter");
  for (const auto& [ratio, label] : {std::pair{1.0 / 64, "≤ 1/64"},
                                     {1.0 / 16, "1/16"},
                                     {0.25, "1/4"},
                                     {1.0, "1"},
                                     {4.0, "4"},
                                     {16.0, "16"},
                                     {64.0, "≥ 64"}}) {
    picture.line({ratio_x(ratio), 24}, {ratio_x(ratio), bottom}, ratio == 1 ? "axis" : "grid");
    picture.text({ratio_x(ratio), bottom + 16}, Anchor::kMiddle, "s", label);
  }
  picture.text({ratio_x(1) - 12, 14}, Anchor::kEnd, "s", "← less wait");
  picture.text({ratio_x(1) + 12, 14}, Anchor::kStart, "s", "more wait →");
  double y = 24 + kRowHeight / 2;
  for (const SliceComparison* slice : rows) {
    add_forest_row(picture, *slice, y);
    y += kRowHeight;
  }
  return {"Effects with intervals, after divided by before", bottom + 24, std::move(picture)};
}

Chart pairs_chart(const Comparison& comparison) {
  const std::size_t count = std::min(kChartRows, comparison.class_paths.size());
  if (count == 0) return {};
  LinearScale scale;
  for (const auto& slice : comparison.class_paths)
    scale.max = std::max({scale.max, slice.before.wait_ns_per_unit, slice.after.wait_ns_per_unit});
  Picture picture;
  picture.legend(14);
  double y = 42;
  for (std::size_t i = 0; i < count; ++i) {
    const SliceComparison& slice = comparison.class_paths[i];
    add_row_label(picture, y, slice.name);
    for (const auto& [measures, style, top] :
         {std::tuple{&slice.before, "f-before", y - 12}, {&slice.after, "f-after", y + 1}}) {
      const double x = scale.x(measures->wait_ns_per_unit);
      picture.rect({kPlotLeft, top}, std::max(1.0, x - kPlotLeft), 11, style);
      picture.text({std::max(x, kPlotLeft + 1) + 5, top + 10}, Anchor::kStart, "s",
                   format_ns(measures->wait_ns_per_unit));
    }
    y += 34;
  }
  return {"Wait before and after by lock class and call path", y, std::move(picture)};
}

Chart waterfall_chart(const Comparison& comparison, const Taxonomy& taxonomy) {
  if (comparison.moved.empty()) return {};
  LinearScale scale;
  double level = 0;
  for (const MovedWait& moved : comparison.moved) level += moved.before_ns;
  scale.max = std::max(1.0, level);
  double highest = level;
  for (const MovedWait& moved : comparison.moved)
    scale.max = std::max(scale.max, highest += moved.after_ns - moved.before_ns);
  double y = 14;
  Picture picture;
  const auto add = [&](std::string_view name, double from, double to, std::string_view style,
                       const std::string& words) {
    add_row_label(picture, y, name);
    add_waterfall_bar(picture, scale, from, to, y, style);
    picture.text({scale.x(std::max(from, to)) + 6, y + 4}, Anchor::kStart, "s", words);
    y += kRowHeight;
  };
  // What may be chance has no verdict's colour.
  const auto style_of = [&](double change, bool is_clear) {
    return !is_clear || comparison.within_run_only ? "f-chance" : change < 0 ? "f-fell" : "f-rose";
  };
  add("before, all locks", 0, level, "f-before", format_ns(level));
  double rest = 0;
  for (std::size_t i = 0; i < comparison.moved.size(); ++i) {
    const double change = comparison.moved[i].after_ns - comparison.moved[i].before_ns;
    if (i >= kChartRows) {
      rest += change;
      continue;
    }
    add(taxonomy.at(comparison.moved[i].lock_class).name, level, level + change,
        style_of(change, comparison.moved[i].fate != Fate::kUnclear),
        fmt::format("{} {}", delta_text(change), name_of(comparison.moved[i].fate)));
    level += change;
  }
  if (comparison.moved.size() > kChartRows) {
    add("the rest", level, level + rest, style_of(rest, true), delta_text(rest));
    level += rest;
  }
  add("after, all locks", 0, level, "f-after", format_ns(level));
  return {"Where the wait went", y, std::move(picture)};
}

Chart distribution_chart(const Comparison& comparison) {
  const WaitStats &before = comparison.everything.before.stats, &after = comparison.everything.after.stats;
  // Where only sums are known there is no distribution.
  const auto known = [](const SideSummary& side, const WaitStats& stats) {
    return side.knows_distribution ? distribution(stats) : std::vector<DistributionBin>{};
  };
  const auto b = known(comparison.before, before), a = known(comparison.after, after);
  if (b.empty() && a.empty()) return {};
  LogScale scale{1e18, 1};
  double share_max = 0;
  for (const auto* bins : {&b, &a})
    for (const DistributionBin& bin : *bins) {
      scale.low = std::min(scale.low, bin.low_ns);
      scale.high = std::max(scale.high, bin.high_ns);
      share_max = std::max(share_max, bin.share);
    }
  Picture picture;
  picture.legend(14);
  add_log_ticks(picture, scale, 24, 180);
  add_outline(picture, b, scale, share_max, "before");
  add_outline(picture, a, scale, share_max, "after");
  picture.text({55, 36}, Anchor::kEnd, "s", format_percent(share_max));
  picture.line({60, 180}, {kPlotRight, 180}, "axis");
  if (!b.empty()) add_quantile_marks(picture, before, scale, 224, "before");
  if (!a.empty()) add_quantile_marks(picture, after, scale, 272, "after");
  return {"Distribution of wait times of both sides", 296, std::move(picture)};
}

Chart timeline_chart(const Comparison& comparison) {
  double seconds = 0, max = 0;
  for (const SideSummary* side : {&comparison.before, &comparison.after}) {
    seconds = std::max(seconds, side->seconds);
    for (const auto& run : side->timeline)
      for (const TimePoint& point : run) max = std::max(max, point.wait_ns_per_unit);
  }
  if (seconds <= 0 || max <= 0) return {};
  max = round_up(max);
  const auto x = [&](double at_s) { return 70 + (kPlotRight - 70) * at_s / seconds; };
  const auto y = [&](double ns) { return 180 - 150 * ns / max; };
  Picture picture;
  picture.legend(14);
  for (int i = 0; i <= 4; ++i) {
    picture.line({70, y(max * i / 4)}, {kPlotRight, y(max * i / 4)}, i == 0 ? "axis" : "grid");
    picture.text({65, y(max * i / 4) + 4}, Anchor::kEnd, "s", format_ns(max * i / 4));
    picture.text({x(seconds * i / 4), 197}, i == 4 ? Anchor::kEnd : Anchor::kMiddle, "s",
                 fmt::format("{:.1f} s", seconds * i / 4));
  }
  for (const auto& [side, name] : {std::pair{&comparison.before, "before"}, {&comparison.after, "after"}})
    for (const auto& run : side->timeline) {
      std::vector<Point> points;
      for (const TimePoint& point : run) {
        points.push_back({x(point.at_s), y(point.wait_ns_per_unit)});
        if (run.size() < 200) picture.circle(points.back(), 3, fmt::format("f-{}", name));
      }
      picture.polyline(std::move(points), fmt::format("run s-{}", name));
    }
  return {"Timeline of both sides", 204, std::move(picture)};
}

}  // namespace socklock::analyzer
