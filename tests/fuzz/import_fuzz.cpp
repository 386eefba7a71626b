// SPDX-License-Identifier: GPL-2.0-or-later
// Any text as a foreign recording: the first byte says of which tool ('s': perf script, 'c': perf lock contention -x,
// 'l': /proc/lock_stat, 'd': socklock.d, 'p': lockstat -p, 'm': debug.lock.prof.stats), the rest is what it printed.
// What is imported has to be a trace that loads without damage.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "analyzer/load/load_run.h"
#include "analyzer/load/run.h"
#include "import/importers.h"

namespace imports = socklock::imports;

namespace {

auto importer_of(std::uint8_t tool) {
  switch (tool) {
    case 'c': return imports::import_perf_lock_csv;
    case 'l': return imports::import_lock_stat;
    case 'd': return imports::import_dtrace;
    case 'p': return imports::import_lockstat;
    case 'm': return imports::import_lock_prof;
    default: return imports::import_perf_script;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::istringstream in(std::string(reinterpret_cast<const char*>(data + 1), size - 1));
  const int fd = memfd_create("trace", MFD_CLOEXEC);
  if (fd < 0) return 0;
  {
    auto writer = socklock::trace::TraceWriter::to_descriptor(fd, "trace");
    const auto imported = importer_of(data[0])(in, {"label", "input", 0}, *writer);
    if (imported) {
      const auto run = socklock::analyzer::load_run("/proc/self/fd/" + std::to_string(fd));
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
