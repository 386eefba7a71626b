// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "analyzer/load/run.h"

namespace socklock::analyzer {

// Leaves out of a loaded run what tells whose machine it comes from: host name, also in the label and the name of the
// file, boot id, command line, filter, folder of the file; names of threads become pseudonyms, salted anew for each
// call, so that those of two reports can't be linked. A note says so. (Kernel addresses are in no report anyway.)
void redact(Run& run);

}  // namespace socklock::analyzer
