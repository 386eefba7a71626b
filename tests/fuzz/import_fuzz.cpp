// SPDX-License-Identifier: GPL-2.0-or-later
// Any text as a foreign recording: the first byte is the number of the importer in imports::kImporters, from '0', or
// '?' for the one that the text itself asks for; the rest is what the tool printed. What is imported has to be a trace
// that loads without damage.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "analyzer/load/load_run.h"
#include "import/importers.h"

namespace imports = socklock::imports;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto found = imports::find_importer(text, "input");
  const std::size_t number = data[0] - std::size_t{'0'};
  if (!found && number >= imports::kImporters.size()) return 0;
  const imports::Importer& importer = number < imports::kImporters.size() ? *imports::kImporters[number] : **found;
  std::istringstream in(text);
  const int fd = memfd_create("trace", MFD_CLOEXEC);
  if (fd < 0) return 0;
  {
    auto writer = socklock::trace::TraceWriter::to_descriptor(fd, "trace");
    const auto imported = importer.import(in, {"label", "input", 0}, *writer);
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
