// SPDX-License-Identifier: GPL-2.0-or-later
// The frame and the style of every HTML page. Whatever is passed as text is escaped here; `body` and the
// results are markup.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace socklock::analyzer::html {

std::string page(std::string_view title, const std::string& body);
std::string section(std::string_view title, std::string_view note, const std::string& body);

// A table whose first column is names, the others figures. A last cell that is a verdict gets its colour.
class Table {
 public:
  explicit Table(const std::vector<std::string>& titles);
  void add(const std::vector<std::string>& cells);
  [[nodiscard]] std::string html() const { return html_ + "</tbody></table></div>\n"; }

 private:
  std::string html_;
};

}  // namespace socklock::analyzer::html
