// SPDX-License-Identifier: GPL-2.0-or-later
// What changes that nobody has made yet would leave: the document of socklock what-if. Its data are
// "socklock.what-if/1". Every sentence of it says that it is an estimate.
#pragma once

#include <string>
#include <vector>

#include "analyzer/document/document.h"
#include "analyzer/whatif/what_if.h"

namespace socklock::analyzer {

Document what_if_document(const WhatIf& estimate, Detail detail);
// Without a change: what each class would give.
Document class_prospects_document(const ClassProspects& prospects, Detail detail);

// The parts for programs.
Table what_if_rows(const WhatIf& estimate);
Value what_if_data(const WhatIf& estimate);
Value class_prospects_data(const ClassProspects& prospects);
Table class_prospects_table(const ClassProspects& prospects);
// Measured and estimated wait of each row, the range hatched.
Chart what_if_chart(const WhatIf& estimate);

// Sentences that the viewer shows, too.
std::string question_of(const WhatIf& estimate);  // "What if tcp.ehash were split into 8?"
inline constexpr const char* kNoMeasurement = "an estimate, not a measurement";
std::string left_text(const Prospect& left);  // "0.058 .. 0.107 (0.02 .. 0.28 with runs and model factor)"
std::string speed_text(const WhatIf& estimate);
std::string model_text(const ModelFacts& model);
std::vector<std::string> assumptions_of(const WhatIf& estimate);
std::vector<std::string> cannot_know(const WhatIf& estimate);
std::string refusal_text(const RefusedClass& refused);
std::string measured_text(const WhatIf& estimate);
std::string to_be_sure(const WhatIf& estimate);

}  // namespace socklock::analyzer
