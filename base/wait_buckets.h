/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log-linear buckets of every wait histogram, in BPF programs, traces and reports alike:
 * eight buckets an octave, so a bucket's midpoint is within 1/16 of every value in it.
 * Plain C, because BPF programs include it.
 */
#ifndef SOCKLOCK_BASE_WAIT_BUCKETS_H
#define SOCKLOCK_BASE_WAIT_BUCKETS_H

enum {
  SOCKLOCK_WAIT_SUB_BITS = 3,
  /* Waits of 2^41 ns (36 minutes) and more share the last bucket. */
  SOCKLOCK_WAIT_MAX_EXPONENT = 40,
  SOCKLOCK_WAIT_BUCKETS = (SOCKLOCK_WAIT_MAX_EXPONENT - 1) * 8,
};

/* Position of the highest set bit; 0 for 0. */
static inline unsigned int socklock_log2(unsigned long long value) {
#ifndef __bpf__
  return value == 0 ? 0 : 63U - (unsigned int)__builtin_clzll(value);
#else /* which has no count-leading-zeros */
  unsigned int log = 0;

  if (value >> 32) {
    value >>= 32;
    log += 32;
  }
  if (value >> 16) {
    value >>= 16;
    log += 16;
  }
  if (value >> 8) {
    value >>= 8;
    log += 8;
  }
  if (value >> 4) {
    value >>= 4;
    log += 4;
  }
  if (value >> 2) {
    value >>= 2;
    log += 2;
  }
  if (value >> 1) log += 1;
  return log;
#endif
}

/* The bucket of a wait, 0 to SOCKLOCK_WAIT_BUCKETS - 1. Waits below 8 ns have a bucket each. */
static inline unsigned int socklock_wait_bucket(unsigned long long wait_ns) {
  unsigned int exponent;

  if (wait_ns < 8) return (unsigned int)wait_ns;
  exponent = socklock_log2(wait_ns);
  if (exponent > SOCKLOCK_WAIT_MAX_EXPONENT) return SOCKLOCK_WAIT_BUCKETS - 1;
  return (exponent - 2) * 8 + (unsigned int)((wait_ns >> (exponent - 3)) & 7);
}

/* Smallest wait in the bucket, ns. */
static inline unsigned long long socklock_wait_bucket_low(unsigned int bucket) {
  if (bucket < 16) return bucket;
  return (8ULL + bucket % 8) << (bucket / 8 - 1);
}

#endif
