// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/whatif/class_use.h"

#include <algorithm>

namespace socklock::analyzer {

double ClassUse::contentions() const {
  double sum = 0;
  for (const PartUse& part : parts) sum += part.contentions;
  return sum;
}

double ClassUse::wait_ns() const {
  double sum = 0;
  for (const PartUse& part : parts) sum += part.wait_ns;
  return sum;
}

double ClassUse::acquisitions() const {
  double sum = 0;
  for (const PartUse& part : parts) sum += part.acquisitions;
  return sum;
}

const ClassUse* RunUse::find(ClassId id) const {
  const auto found = std::find_if(classes.begin(), classes.end(), [id](const ClassUse& use) { return use.id == id; });
  return found == classes.end() ? nullptr : &*found;
}

double RunUse::wait_ns() const {
  double sum = 0;
  for (const ClassUse& use : classes) sum += use.wait_ns();
  return sum;
}

}  // namespace socklock::analyzer
