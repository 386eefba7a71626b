// SPDX-License-Identifier: GPL-2.0-or-later
// PDF by way of a program that prints HTML: Chromium, else WeasyPrint, whichever is installed. A layout
// engine of our own or Qt in the analyzer would cost more than it is worth for one format.
#pragma once

#include <string>

#include "base/result.h"

namespace socklock::analyzer {

// The bytes of the PDF. Error kUsage when neither program is there, kBadInput when it fails or takes too long.
Result<std::string> pdf_of(const std::string& html);

}  // namespace socklock::analyzer
