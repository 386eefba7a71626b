// SPDX-License-Identifier: GPL-2.0-or-later
// Any text as a foreign recording: the first line names the importer, if it does, else the text itself asks for one;
// the rest is what the tool printed. What is imported has to be a trace that loads without damage.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>
#include <string_view>

#include "analyzer/load/load_run.h"
#include "import/importers.h"

namespace imports = socklock::imports;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const imports::Importer* importer = imports::importer_named(text.substr(0, text.find('\n')));
  if (importer != nullptr) {
    text.remove_prefix(std::min(text.size(), text.find('\n') + 1));
  } else {
    const auto found = imports::find_importer(text, "input");
    if (!found) return 0;
    importer = *found;
  }
  std::istringstream in{std::string(text)};
  const int fd = memfd_create("trace", MFD_CLOEXEC);
  if (fd < 0) return 0;
  {
    auto writer = socklock::trace::TraceWriter::to_descriptor(fd, "trace");
    const auto imported = importer->import(in, {"label", "input", 0}, *writer);
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
