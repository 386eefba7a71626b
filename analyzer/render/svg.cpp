// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/render/svg.h"

#include <fmt/format.h>

#include <cmath>

#include "analyzer/render/escape.h"

namespace socklock::analyzer::svg {

std::string chart(std::string_view title, double height, const std::string& body) {
  return fmt::format("<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\">\n{}</svg>\n", kWidth, height,
                     html_escaped(title), body);
}

std::string text(Point at, Anchor anchor, std::string_view style, std::string_view words) {
  const char* const name = anchor == Anchor::kStart ? "start" : anchor == Anchor::kMiddle ? "middle" : "end";
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" class=\"{}\">{}</text>\n", at.x, at.y, name,
                     style, html_escaped(words));
}

std::string line(Point from, Point to, std::string_view style) {
  return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>\n", from.x, from.y,
                     to.x, to.y, style);
}

std::string rect(Point corner, double width, double height, std::string_view style, std::string_view tooltip) {
  return fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" class=\"{}\"><title>{}</title></rect>\n",
      corner.x, corner.y, width, height, style, html_escaped(tooltip));
}

std::string polyline(const std::string& points, std::string_view style) {
  return fmt::format("<polyline points=\"{}\" class=\"{}\"/>\n", points, style);
}

std::string circle(Point centre, double radius, std::string_view style) {
  return fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" class=\"{}\"/>\n", centre.x, centre.y, radius,
                     style);
}

std::string legend(double y) {
  return rect({kPlotLeft, y - 9}, 10, 10, "f-before") + text({kPlotLeft + 15, y}, Anchor::kStart, "t", "before") +
         rect({kPlotLeft + 75, y - 9}, 10, 10, "f-after") + text({kPlotLeft + 90, y}, Anchor::kStart, "t", "after");
}

double round_up(double value) {
  if (!(value > 0) || !std::isfinite(value)) return 1;
  const double decade = std::pow(10, std::floor(std::log10(value)));
  for (const double step : {1.0, 2.0, 5.0})
    if (step * decade >= value) return step * decade;
  return 10 * decade;
}

}  // namespace socklock::analyzer::svg
