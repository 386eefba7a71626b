// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/fuzz/input_mutator.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

// Once in four times it is left to plain mutation, so that what encloses the parts is tried too.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  using namespace socklock::fuzz;
  Random random(seed);
  if (random() % 4 != 0) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::string changed = changed_input(input, another_input(input, random), random);
    if (!changed.empty() && changed.size() <= max_size) {
      std::memcpy(data, changed.data(), changed.size());
      return changed.size();
    }
  }
  return LLVMFuzzerMutate(data, size, max_size);
}
