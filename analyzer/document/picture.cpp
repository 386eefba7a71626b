// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/document/picture.h"

#include <cmath>

namespace socklock::analyzer {

void Picture::text(Point at, Anchor anchor, std::string_view style, std::string_view words) {
  shapes_.push_back({Shape::Kind::kText, {at}, 0, 0, anchor, std::string(style), std::string(words)});
}

void Picture::line(Point from, Point to, std::string_view style) {
  shapes_.push_back({Shape::Kind::kLine, {from, to}, 0, 0, {}, std::string(style), {}});
}

void Picture::rect(Point corner, double width, double height, std::string_view style, std::string_view tooltip) {
  shapes_.push_back({Shape::Kind::kRect, {corner}, width, height, {}, std::string(style), std::string(tooltip)});
}

void Picture::polyline(std::vector<Point> points, std::string_view style) {
  shapes_.push_back({Shape::Kind::kPolyline, std::move(points), 0, 0, {}, std::string(style), {}});
}

void Picture::circle(Point centre, double radius, std::string_view style) {
  shapes_.push_back({Shape::Kind::kCircle, {centre}, radius, 0, {}, std::string(style), {}});
}

void Picture::legend(double y) {
  rect({kPlotLeft, y - 9}, 10, 10, "f-before");
  text({kPlotLeft + 15, y}, Anchor::kStart, "t", "before");
  rect({kPlotLeft + 75, y - 9}, 10, 10, "f-after");
  text({kPlotLeft + 90, y}, Anchor::kStart, "t", "after");
}

double round_up(double value) {
  if (!(value > 0) || !std::isfinite(value)) return 1;
  const double decade = std::pow(10, std::floor(std::log10(value)));
  for (const double step : {1.0, 2.0, 5.0})
    if (step * decade >= value) return step * decade;
  return 10 * decade;
}

}  // namespace socklock::analyzer
