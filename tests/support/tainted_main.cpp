// SPDX-License-Identifier: GPL-2.0-or-later
// tainted FROM TO TAINT [all]: see tainted_trace.h. Without words: how many texts of the format it knows.
#include <cstdio>
#include <string>

#include "tests/support/tainted_trace.h"

int main(int count, char** words) {
  using socklock::testing::Tainted;
  if (count < 4) {
    std::printf("%u\n", socklock::testing::count_of_texts());
    return 0;
  }
  const auto what = count > 4 && std::string(words[4]) == "all" ? Tainted::kEverything : Tainted::kTexts;
  const auto written = socklock::testing::write_tainted(words[1], words[2], words[3], what);
  if (!written) std::fprintf(stderr, "tainted: %s\n", written.error().message().c_str());
  return written ? 0 : 3;
}
