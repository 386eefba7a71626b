// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/document/report_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analyzer/label/labelled_run.h"
#include "analyzer/measure/distribution.h"
#include "base/text.h"
#include "base/units.h"

namespace socklock::analyzer {
namespace {

// Of the charts without row labels.
constexpr double kTimesLeft = 70, kTop = 24, kBottom = 180;
// The distribution leaves room for the label of its last quantile.
constexpr double kTimesRight = 680;

// Of every interval, its middle in seconds since the run began, and its wait per second.
std::vector<Point> waits_over_time(const Run& run) {
  std::vector<Point> points;
  for (const Interval& interval : run.intervals) {
    if (interval.begin_ns < run.begin_ns || interval.end_ns <= interval.begin_ns) continue;
    double wait_ns = 0;
    for (const IntervalWait& wait : run.waits_of(interval)) wait_ns += static_cast<double>(wait.wait_ns);
    const double begin_s = static_cast<double>(interval.begin_ns - run.begin_ns) / 1e9;
    const double length_s = static_cast<double>(interval.end_ns - interval.begin_ns) / 1e9;
    points.push_back({begin_s + length_s / 2, wait_ns / length_s});
  }
  return points;
}

void add_quantile_labels(Picture& picture, const WaitStats& stats, const auto& x) {
  for (const auto& [name, q] : {std::pair{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}}) {
    const double at = x(stats.quantile_ns(q));
    picture.circle({at, 214}, 4, "f-after");
    // Left of the mark, below it, right of it: so neighbours don't overlap.
    const Anchor anchor = q == 0.5 ? Anchor::kEnd : q == 0.9 ? Anchor::kMiddle : Anchor::kStart;
    picture.text({at, q == 0.9 ? 231.0 : 208.0}, anchor, "s",
                 fmt::format("{} {}", name, format_ns(stats.quantile_ns(q))));
  }
}

}  // namespace

Chart wait_bars(const LabelledRun& run, const Taxonomy& taxonomy) {
  std::vector<Slice> slices = break_down(run, taxonomy, By::kClassPath);
  sort_slices(slices, SliceOrder::kWait);
  if (slices.empty()) return {};
  const double most = std::max(1.0, static_cast<double>(slices.front().stats.sums.wait_ns));
  Picture picture;
  double y = 14;
  for (std::size_t i = 0; i < std::min(kChartRows, slices.size()); ++i, y += kRowHeight) {
    const auto wait_ns = static_cast<double>(slices[i].stats.sums.wait_ns);
    const double width = std::max(1.0, (kPlotRight - 80 - kPlotLeft) * wait_ns / most);
    picture.text({kPlotLeft - 10, y + 4}, Anchor::kEnd, "t", cut(slices[i].name, 34));
    picture.rect({kPlotLeft, y - 8}, width, 16, "f-after");
    picture.text({kPlotLeft + width + 6, y + 4}, Anchor::kStart, "s", format_ns(wait_ns));
  }
  return {"Wait by lock class and call path", y, std::move(picture)};
}

Chart wait_times(const LabelledRun& run) {
  const WaitStats stats = total(run).all;
  const auto bins = distribution(stats);
  // Where only sums are known there is no distribution.
  if (bins.empty() || !knows_distribution(run.run.facts)) return {};
  const double low = std::log(std::max(1.0, bins.front().low_ns)), high = std::log(std::max(2.0, bins.back().high_ns));
  double share_max = 0;
  for (const DistributionBin& bin : bins) share_max = std::max(share_max, bin.share);
  const auto x = [low, high](double ns) {
    return kTimesLeft +
           (kTimesRight - kTimesLeft) * std::clamp((std::log(std::max(1.0, ns)) - low) / (high - low), 0.0, 1.0);
  };
  const auto y = [share_max](double share) { return kBottom - (kBottom - kTop) * share / share_max; };
  std::vector<Point> points{{x(bins.front().low_ns), kBottom}};
  for (const DistributionBin& bin : bins)
    points.insert(points.end(), {{x(bin.low_ns), y(bin.share)}, {x(bin.high_ns), y(bin.share)}});
  points.push_back({x(bins.back().high_ns), kBottom});
  Picture picture;
  for (int digits = 0; digits < 12; ++digits) {
    const double tick = std::pow(10, digits);
    if (std::log(tick) < low || std::log(tick) > high) continue;
    picture.line({x(tick), kTop}, {x(tick), kBottom}, "grid");
    picture.text({x(tick), kBottom + 16}, Anchor::kMiddle, "s", format_ns(tick));
  }
  picture.polyline(std::move(points), "area a-after");
  picture.line({kTimesLeft, kBottom}, {kTimesRight, kBottom}, "axis");
  picture.text({kTimesLeft - 5, kTop + 12}, Anchor::kEnd, "s", format_percent(share_max));
  add_quantile_labels(picture, stats, x);
  return {"Distribution of wait times", 240, std::move(picture)};
}

Chart run_timeline(const LabelledRun& run) {
  const std::vector<Point> waits = waits_over_time(run.run);
  double most = 0;
  for (const Point& point : waits) most = std::max(most, point.y);
  if (most <= 0) return {};
  most = round_up(most);
  const double seconds = static_cast<double>(run.run.duration_ns()) / 1e9;
  Picture picture;
  std::vector<Point> points;
  for (int i = 0; i <= 4; ++i) {
    const double y = kBottom - (kBottom - kTop) * i / 4;
    const double x = kTimesLeft + (kPlotRight - kTimesLeft) * i / 4;
    picture.line({kTimesLeft, y}, {kPlotRight, y}, i == 0 ? "axis" : "grid");
    picture.text({kTimesLeft - 5, y + 4}, Anchor::kEnd, "s", format_ns(most * i / 4));
    picture.text({x, kBottom + 17}, i == 4 ? Anchor::kEnd : Anchor::kMiddle, "s",
                 fmt::format("{:.1f} s", seconds * i / 4));
  }
  for (const Point& wait : waits) {
    const Point at{kTimesLeft + (kPlotRight - kTimesLeft) * wait.x / seconds,
                   kBottom - (kBottom - kTop) * wait.y / most};
    points.push_back(at);
    if (waits.size() < 200) picture.circle(at, 3, "f-after");
  }
  picture.polyline(std::move(points), "run s-after");
  return {"Wait over time", 204, std::move(picture)};
}

}  // namespace socklock::analyzer
