// SPDX-License-Identifier: GPL-2.0-or-later
// Samples of what the kernel did on CPUs, by call path and by function.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace socklock::analyzer {

struct LabelledRun;
struct Run;

struct CpuSlice {
  std::string name;  // of the call path, or of the function
  std::uint64_t samples = 0;
};

struct CpuSlices {
  std::uint64_t all = 0;              // those outside the kernel included
  std::uint64_t user = 0;             // outside the kernel
  std::vector<CpuSlice> by_path;      // of those in the kernel, most first
  std::vector<CpuSlice> by_function;  // that was on the CPU itself
};

CpuSlices cpu_slices(const LabelledRun& run);

// CPU time that so many samples stand for, in ns.
double cpu_ns(const Run& run, std::uint64_t samples);

}  // namespace socklock::analyzer
