// SPDX-License-Identifier: GPL-2.0-or-later
#include <cstdio>

#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/load/load_run.h"
#include "analyzer/load/run.h"
#include "analyzer/measure/breakdown.h"

int main(int argc, char** argv) {
  using namespace socklock::analyzer;
  if (argc < 2) return 2;
  auto run = load_run(argv[1]);
  if (!run) {
    std::fprintf(stderr, "%s\n", run.error().message().c_str());
    return 3;
  }
  const Taxonomy& taxonomy = Taxonomy::built_in();
  const LabelledRun labelled = label(*std::move(run), taxonomy);
  std::printf("%llu waits, %zu lock classes\n", static_cast<unsigned long long>(total(labelled).all.sums.contentions),
              break_down(labelled, taxonomy, By::kClass).size());
  return 0;
}
