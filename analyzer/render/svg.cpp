// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/render/svg.h"

#include <fmt/format.h>

#include "analyzer/render/escape.h"

namespace socklock::analyzer {
namespace {

std::string element(const Shape& shape) {
  const Point& at = shape.points.front();
  const std::string style = html_escaped(shape.style);
  switch (shape.kind) {
    case Shape::Kind::kLine:
      return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>\n", at.x, at.y,
                         shape.points.back().x, shape.points.back().y, style);
    case Shape::Kind::kRect:
      return fmt::format(
          "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" class=\"{}\"><title>{}</title></rect>\n",
          at.x, at.y, shape.width, shape.height, style, html_escaped(shape.words));
    case Shape::Kind::kPolyline: {
      std::string points;
      for (const Point& point : shape.points)
        points += fmt::format("{}{:.1f},{:.1f}", points.empty() ? "" : " ", point.x, point.y);
      return fmt::format("<polyline points=\"{}\" class=\"{}\"/>\n", points, style);
    }
    case Shape::Kind::kCircle:
      return fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" class=\"{}\"/>\n", at.x, at.y, shape.width,
                         style);
    case Shape::Kind::kText: break;
  }
  const char* const anchor = shape.anchor == Anchor::kStart    ? "start"
                             : shape.anchor == Anchor::kMiddle ? "middle"
                                                               : "end";
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" class=\"{}\">{}</text>\n", at.x, at.y, anchor,
                     style, html_escaped(shape.words));
}

}  // namespace

std::string svg_of(const Chart& chart) {
  if (chart.is_empty()) return "";
  std::string body;
  for (const Shape& shape : chart.picture.shapes())
    if (!shape.points.empty()) body += element(shape);
  return fmt::format("<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\">\n{}</svg>\n", kPictureWidth,
                     chart.height, html_escaped(chart.title), body);
}

}  // namespace socklock::analyzer
