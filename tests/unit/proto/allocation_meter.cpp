// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/proto/allocation_meter.h"

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::size_t> in_use{0};
std::atomic<std::size_t> peak{0};

void release(void* memory) noexcept {
  in_use -= malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

// The program's own: every other form of new and delete ends here, those of shared libraries too.
void* operator new(std::size_t size) {
  void* memory = std::malloc(size);
  if (!memory) throw std::bad_alloc();
  const std::size_t now = in_use += malloc_usable_size(memory);
  std::size_t before = peak;
  while (now > before && !peak.compare_exchange_weak(before, now)) {
  }
  return memory;
}

void operator delete(void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }

namespace socklock::trace::testing {

AllocationMeter::AllocationMeter() : start_bytes_(in_use) { peak = start_bytes_; }

std::size_t AllocationMeter::peak_bytes() const { return peak - start_bytes_; }

}  // namespace socklock::trace::testing
