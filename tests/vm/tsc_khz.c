// SPDX-License-Identifier: GPL-2.0-or-later
// Prints the frequency of this processor's time stamp counter in kHz, which is the guest's, too: emulation reads it.
#include <stdio.h>
#include <time.h>

static double now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return 1e9 * (double)now.tv_sec + (double)now.tv_nsec;
}

int main(void) {
  const struct timespec tenth = {.tv_sec = 0, .tv_nsec = 100000000};
  const double begin_ns = now_ns();
  const unsigned long long begin = __builtin_ia32_rdtsc();
  nanosleep(&tenth, NULL);
  const double end_ns = now_ns();
  const unsigned long long end = __builtin_ia32_rdtsc();
  printf("%.0f\n", (double)(end - begin) / (end_ns - begin_ns) * 1e6);
}
