// SPDX-License-Identifier: GPL-2.0-or-later
// fieldtracer FILE: writes every wait for a lock into FILE, a line each, until it is interrupted; then call stacks.
// Says "ready" when it has begun, and at the end how many it could not write.
#include <bpf/libbpf.h>
#include <unistd.h>

#include <array>
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
  std::fprintf(out, "%llu %llu %u %u %u %u %d\n", wait.end_ns, wait.end_ns - wait.begin_ns, wait.tid, wait.pid,
               wait.flags, wait.port, wait.stack);
  return 0;
}

void write_stacks(const bpf_map* stacks, std::FILE* out) {
  std::array<__u64, FIELD_FRAMES> frames{};
  for (__u32 number = 0; number < FIELD_STACKS; ++number) {
    if (bpf_map__lookup_elem(stacks, &number, sizeof number, frames.data(), sizeof frames, 0) != 0) continue;
    std::fprintf(out, "stack %u", number);
    for (const __u64 frame : frames)
      if (frame != 0) std::fprintf(out, " %llx", frame);
    std::fputc('\n', out);
  }
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
  while (!interrupted) {
    ring_buffer__consume(ring);
    usleep(20'000);
  }
  tracer_bpf__detach(programs);
  ring_buffer__consume(ring);
  write_stacks(programs->maps.stacks, out);
  std::printf("lost %llu\n", static_cast<unsigned long long>(programs->bss->lost));
  ring_buffer__free(ring);
  tracer_bpf__destroy(programs);
  return std::fclose(out) == 0 ? 0 : 1;
}
