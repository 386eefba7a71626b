// SPDX-License-Identifier: GPL-2.0-or-later
// Any text as a foreign recording: the first byte says of which tool ('s': perf script, 'c': perf lock contention -x,
// 'l': /proc/lock_stat), the rest is what it printed. What is imported has to be a trace that loads without damage.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "analyzer/import/importers.h"
#include "analyzer/load/load_run.h"

namespace analyzer = socklock::analyzer;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::istringstream in(std::string(reinterpret_cast<const char*>(data + 1), size - 1));
  const int fd = memfd_create("trace", MFD_CLOEXEC);
  if (fd < 0) return 0;
  {
    auto writer = socklock::trace::TraceWriter::to_descriptor(fd, "trace");
    const auto importer = data[0] == 'c'   ? analyzer::import_perf_lock_csv
                          : data[0] == 'l' ? analyzer::import_lock_stat
                                           : analyzer::import_perf_script;
    const auto imported = importer(in, {"label", "input", 0}, *writer);
    if (imported) {
      const auto run = analyzer::load_run("/proc/self/fd/" + std::to_string(fd));
      std::uint64_t contentions = 0;
      if (run)
        for (const auto& sums : run->waits.sums) contentions += sums.contentions;
      if (!run || !run->damage.empty() || run->unknown_ids > 0 || !run->closed || contentions != imported->contentions)
        std::abort();
    }
  }
  close(fd);
  return 0;
}
