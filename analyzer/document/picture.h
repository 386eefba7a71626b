// SPDX-License-Identifier: GPL-2.0-or-later
// Charts as shapes, whatever they are drawn with. Classes name their colours; the style sheet is the renderer's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace socklock::analyzer {

inline constexpr double kPictureWidth = 760;
// Left edge of the plot beside row labels, and its right edge.
inline constexpr double kPlotLeft = 230;
inline constexpr double kPlotRight = 740;
// Of a chart that names a row after another.
inline constexpr std::size_t kChartRows = 14;
inline constexpr double kRowHeight = 24;

struct Point {
  double x = 0;
  double y = 0;
};

// Begins at the left, in the middle, or ends there.
enum class Anchor : std::uint8_t { kStart, kMiddle, kEnd };

struct Shape {
  enum class Kind : std::uint8_t { kText, kLine, kRect, kPolyline, kCircle };
  Kind kind = Kind::kText;
  std::vector<Point> points;  // a text's, a circle's and a rectangle's corner first
  double width = 0;           // of a rectangle; a circle's radius
  double height = 0;
  Anchor anchor = Anchor::kStart;
  std::string style;
  std::string words;  // the text; a rectangle's tooltip
};

class Picture {
 public:
  void text(Point at, Anchor anchor, std::string_view style, std::string_view words);
  void line(Point from, Point to, std::string_view style);
  void rect(Point corner, double width, double height, std::string_view style, std::string_view tooltip = "");
  void polyline(std::vector<Point> points, std::string_view style);
  void circle(Point centre, double radius, std::string_view style);
  // Squares with the names of both sides.
  void legend(double y);
  [[nodiscard]] const std::vector<Shape>& shapes() const { return shapes_; }

 private:
  std::vector<Shape> shapes_;
};

struct Chart {
  std::string title;  // for those who can't see it
  double height = 0;
  Picture picture;

  [[nodiscard]] bool is_empty() const { return picture.shapes().empty(); }
};

// A number of the scale 1, 2, 5, 10, ... at least `value`; 1 for nothing.
double round_up(double value);

}  // namespace socklock::analyzer
