// SPDX-License-Identifier: GPL-2.0-or-later
// Shapes of SVG charts. Classes name their colours; the style sheet is compare_html.cpp's.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace socklock::analyzer::svg {

inline constexpr double kWidth = 760;
// Left edge of the plot beside row labels, and its right edge.
inline constexpr double kPlotLeft = 230;
inline constexpr double kPlotRight = 740;

// Of a chart that names a row after another.
inline constexpr std::size_t kRows = 14;
inline constexpr double kRowHeight = 24;

struct Point {
  double x = 0;
  double y = 0;
};

// Begins at the left, in the middle, or ends there.
enum class Anchor { kStart, kMiddle, kEnd };

std::string chart(std::string_view title, double height, const std::string& body);
std::string text(Point at, Anchor anchor, std::string_view style, std::string_view words);
std::string line(Point from, Point to, std::string_view style);
std::string rect(Point corner, double width, double height, std::string_view style, std::string_view tooltip = "");
// `points`: "x,y x,y".
std::string polyline(const std::string& points, std::string_view style);
std::string circle(Point centre, double radius, std::string_view style);
// Squares with the names of both sides.
std::string legend(double y);

// A number of the scale 1, 2, 5, 10, ... at least `value`; 1 for nothing.
double round_up(double value);

}  // namespace socklock::analyzer::svg
