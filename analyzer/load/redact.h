// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>

namespace socklock::analyzer {

struct Run;

// Leaves out of loaded runs what tells whose machines they come from: host name, also in the label and the name of the
// file, boot id, command line, filter, folder of the file; names of hosts and threads become pseudonyms, which are the
// same in all runs that one object redacts, and salted anew for each, so that those of two reports can't be linked. A
// note says so. (Kernel addresses are in no report anyway.)
class Redaction {
 public:
  Redaction();
  void apply(Run& run) const;

 private:
  std::uint64_t salt_;
};

}  // namespace socklock::analyzer
