// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/document/value.h"

namespace socklock::analyzer {

Value::Value(const Figure& figure) {
  if (!figure.is_measured()) return;
  if (const auto truth = figure.truth())
    held_ = *truth;
  else if (const auto whole = figure.whole_number())
    held_ = *whole;
  else if (figure.unit() == Unit::kNone)
    held_ = figure.text();
  else if (const auto number = figure.number())
    held_ = *number;
}

}  // namespace socklock::analyzer
