// SPDX-License-Identifier: GPL-2.0-or-later
// Lock classes have one colour each, the same on every page.
#pragma once

#include <QtGlobal>
#include <algorithm>
#include <string>
#include <vector>

namespace socklock::gui {

// Classes that have a colour of their own; the others share the last one.
inline constexpr std::size_t kColouredClasses = 7;
// Of models: the colour's number, an int, for Theme::ofSeries().
inline constexpr int kSeriesRole = 0x0100 + 100;  // behind Qt::UserRole

// `classes`: LoadedRuns::classes.
inline int seriesOf(const std::vector<std::string>& classes, const std::string& name) {
  const auto last = classes.begin() + static_cast<std::ptrdiff_t>(std::min(classes.size(), kColouredClasses));
  const auto found = std::find(classes.begin(), last, name);
  return found == last ? static_cast<int>(kColouredClasses) : static_cast<int>(found - classes.begin());
}

}  // namespace socklock::gui
