// SPDX-License-Identifier: GPL-2.0-or-later
// What the probes of FreeBSD's lockstat provider say, which differs by release (docs/freebsd.md has the table, with
// the sources that were read).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace socklock::imports {

enum class LockstatProbe : std::uint8_t {
  kAdaptiveBlock,
  kAdaptiveSpin,
  kSpinSpin,
  kThreadSpin,
  kRwBlock,
  kRwSpin,
  kSxBlock,
  kSxSpin,
  kLockmgrBlock,
};
// "adaptive-block", "rw-spin", ...
std::optional<LockstatProbe> lockstat_probe_named(std::string_view name);

struct LockstatMeaning {
  bool spins_are_timed = true;     // arg1 of spin probes is ns; else a count of loops
  bool knows_readers = true;       // arg2 of rw and sx probes says whether a shared lock was wanted
  bool reads_always_spin = false;  // rw-spin fires at every shared acquisition, with 1 where nothing was in its way
  bool checks_thread_spin = true;  // thread-spin fires only where something spun; else at every thread_lock()
};
// Of a kern.osrelease such as "9.3-RELEASE-p5". One that can't be read means as the newest does.
LockstatMeaning lockstat_meaning(std::string_view release);

// Whether arg1 of this probe is a time.
bool is_timed(const LockstatMeaning& meaning, LockstatProbe probe);
bool is_spin(LockstatProbe probe);

// LCB_F_* of the Linux lock that is most like it: spin 1, read 2, write 4, mutex 32; 128: reader or writer, not known.
std::uint8_t lockstat_flags(const LockstatMeaning& meaning, LockstatProbe probe, bool reader);

// Of `records` of rw-spin, whose counts of loops add up to `loops`, those that had something in their way where
// reads_always_spin: as many as is certain.
std::uint64_t certainly_contended(std::uint64_t records, std::uint64_t loops, std::uint64_t most_loops);

}  // namespace socklock::imports
