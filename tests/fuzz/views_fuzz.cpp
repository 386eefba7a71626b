// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as a trace, through what looks at traces in its own way: socklock top, what-if, and the shipper of a fleet.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/live/live_view.h"
#include "analyzer/live/trace_tail.h"
#include "analyzer/load/load_run.h"
#include "analyzer/whatif/load_use.h"
#include "analyzer/whatif/what_if.h"
#include "fleet/roll_up.h"
#include "fleet/row_binary.h"
#include "fleet/schema.h"

namespace analyzer = socklock::analyzer;
namespace fleet = socklock::fleet;

namespace {

int file_of(const std::uint8_t* data, std::size_t size) {
  const int fd = memfd_create("input", MFD_CLOEXEC);
  return fd >= 0 && write(fd, data, size) == static_cast<ssize_t>(size) ? fd : -1;
}

std::string path_of(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

// What is kept of it can be saved, and what was saved is a trace.
void show_live(const std::string& path) {
  constexpr std::uint64_t kKeepNs = 10'000'000'000;
  analyzer::TraceTail tail(path, kKeepNs);
  if (!tail.poll()) return;
  analyzer::LiveView view(analyzer::Taxonomy::built_in(), {});
  for (const char key : std::string_view("\0sggggggg", 9)) {
    view.press(key);
    if (!view.take(tail)) return;
    (void)view.screen({24, 80, key == 0}, "input");
  }
  if (tail.intervals() == 0 || !tail.keeps(tail.intervals() - 1)) return;
  const int saved = memfd_create("saved", MFD_CLOEXEC);
  if (tail.write(tail.intervals() - 1, tail.intervals(), saved) && !analyzer::load_run(path_of(saved))) std::abort();
  close(saved);
}

void estimate(const std::string& path) {
  const auto& taxonomy = analyzer::Taxonomy::built_in();
  auto run = analyzer::load_run(path);
  if (!run) return;
  std::vector<analyzer::LabelledRun> runs;
  runs.push_back(analyzer::label(*std::move(run), taxonomy));
  const auto use = analyzer::load_use(runs, taxonomy, {}, std::nullopt);
  if (use) (void)analyzer::class_prospects(use->runs, {.threads = {}, .seed = 1});
}

void ship(const std::string& path) {
  const auto rolled = fleet::roll_up(path, analyzer::Taxonomy::built_in(), {.host = "host"});
  if (!rolled) return;
  for (const auto* rows : {&rolled->minutes, &rolled->hours})
    for (const fleet::Row& row : *rows) {
      // What the store's intake takes of a row.
      if (row.locks.size() > fleet::kMaxLocks || row.cells.size() > fleet::kMaxCells) std::abort();
      std::string bytes;
      fleet::append_row_binary(bytes, row, fleet::kSchemaVersion);
      (void)fleet::row_json(row, "minutes");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const int fd = file_of(data, size);
  if (fd < 0) return 0;
  show_live(path_of(fd));
  estimate(path_of(fd));
  ship(path_of(fd));
  close(fd);
  return 0;
}
