// SPDX-License-Identifier: GPL-2.0-or-later
// fieldtracer FILE: writes every wait for a lock into FILE, a line each, until it is interrupted. Says "ready" when it
// has begun, and at the end how many it could not write.
#include <bpf/libbpf.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "tests/field/tracer.h"
#include "tracer.skel.h"

namespace {

std::atomic<bool> interrupted{false};

int write_line(void* file, void* data, std::size_t) {
  const auto& wait = *static_cast<const field_wait*>(data);
  auto* const out = static_cast<std::FILE*>(file);
  std::fprintf(out, "%llu %llu %llx %u %u %u %u", wait.end_ns, wait.wait_ns, wait.lock, wait.tid, wait.pid, wait.flags,
               wait.port);
  for (int i = 0; i < FIELD_FRAMES && wait.stack[i] != 0; ++i) std::fprintf(out, " %llx", wait.stack[i]);
  std::fputc('\n', out);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::FILE* const out = argc == 2 ? std::fopen(argv[1], "w") : nullptr;
  tracer_bpf* const programs = out != nullptr ? tracer_bpf__open_and_load() : nullptr;
  if (programs == nullptr || tracer_bpf__attach(programs) != 0) {
    std::fprintf(stderr, "fieldtracer: cannot trace\n");
    return 1;
  }
  ring_buffer* const ring = ring_buffer__new(bpf_map__fd(programs->maps.written), write_line, out, nullptr);
  if (ring == nullptr) return 1;
  for (const int number : {SIGINT, SIGTERM}) std::signal(number, [](int) { interrupted = true; });
  std::puts("ready");
  std::fflush(stdout);
  while (!interrupted) ring_buffer__poll(ring, 20);
  tracer_bpf__detach(programs);
  ring_buffer__consume(ring);
  std::printf("lost %llu\n", static_cast<unsigned long long>(programs->bss->lost));
  ring_buffer__free(ring);
  tracer_bpf__destroy(programs);
  return std::fclose(out) == 0 ? 0 : 1;
}
