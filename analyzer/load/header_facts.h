// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "analyzer/load/facts.h"
#include "socklock/trace/v1/header.pb.h"

namespace socklock::analyzer {

// What a trace's header says of its recording.
RunFacts facts_of(const trace::v1::Header& header);

}  // namespace socklock::analyzer
