// SPDX-License-Identifier: GPL-2.0-or-later
#include "import/freebsd_lockstat.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "proto/rows.h"

namespace socklock::imports {
namespace {

constexpr std::array<std::pair<std::string_view, LockstatProbe>, 9> kProbes{
    {{"adaptive-block", LockstatProbe::kAdaptiveBlock},
     {"adaptive-spin", LockstatProbe::kAdaptiveSpin},
     {"spin-spin", LockstatProbe::kSpinSpin},
     {"thread-spin", LockstatProbe::kThreadSpin},
     {"rw-block", LockstatProbe::kRwBlock},
     {"rw-spin", LockstatProbe::kRwSpin},
     {"sx-block", LockstatProbe::kSxBlock},
     {"sx-spin", LockstatProbe::kSxSpin},
     {"lockmgr-block", LockstatProbe::kLockmgrBlock}}};

// 10.4-RELEASE is 1004; nothing where it does not begin so.
std::optional<unsigned> version_of(std::string_view release) {
  if (release.starts_with("FreeBSD ")) release.remove_prefix(8);
  unsigned major = 0, minor = 0;
  const char* const end = release.data() + release.size();
  const auto [point, error] = std::from_chars(release.data(), end, major);
  if (error != std::errc() || point == end || *point != '.') return std::nullopt;
  if (std::from_chars(point + 1, end, minor).ec != std::errc() || major > 1000 || minor > 99) return std::nullopt;
  return major * 100 + minor;
}

}  // namespace

std::optional<LockstatProbe> lockstat_probe_named(std::string_view name) {
  const auto* const known =
      std::find_if(kProbes.begin(), kProbes.end(), [name](const auto& entry) { return entry.first == name; });
  if (known == kProbes.end()) return std::nullopt;
  return known->second;
}

LockstatMeaning lockstat_meaning(std::string_view release) {
  // 9.3 and 10.4 were read; times and the reader's argument came in between (in 11 first), and 10.0 to 10.2 are taken
  // for the older: then a time is not believed, where the other way around a count would be taken for one.
  constexpr unsigned kTimesCame = 1003, kThreadSpinChecks = 1200;
  const unsigned version = version_of(release).value_or(UINT32_MAX);
  LockstatMeaning meaning;
  meaning.spins_are_timed = meaning.knows_readers = version >= kTimesCame;
  meaning.reads_always_spin = version < kTimesCame;
  meaning.checks_thread_spin = version >= kThreadSpinChecks;
  return meaning;
}

bool is_spin(LockstatProbe probe) {
  return probe == LockstatProbe::kAdaptiveSpin || probe == LockstatProbe::kSpinSpin ||
         probe == LockstatProbe::kThreadSpin || probe == LockstatProbe::kRwSpin || probe == LockstatProbe::kSxSpin;
}

bool is_timed(const LockstatMeaning& meaning, LockstatProbe probe) {
  return meaning.spins_are_timed || !is_spin(probe);
}

std::uint8_t lockstat_flags(const LockstatMeaning& meaning, LockstatProbe probe, bool reader) {
  const std::uint8_t untimed = is_timed(meaning, probe) ? 0 : trace::kFlagUntimed;
  switch (probe) {
    case LockstatProbe::kAdaptiveBlock:
    case LockstatProbe::kAdaptiveSpin: return 32 | untimed;
    case LockstatProbe::kSpinSpin:
    case LockstatProbe::kThreadSpin: return 1 | untimed;
    default: break;
  }
  if (!meaning.knows_readers) return trace::kFlagKindUnknown | untimed;
  return static_cast<std::uint8_t>((reader ? 2 : 4) | untimed);
}

std::uint64_t certainly_contended(std::uint64_t records, std::uint64_t loops, std::uint64_t most_loops) {
  if (most_loops <= 1 || loops <= records) return 0;
  const std::uint64_t beyond_one = loops - records;
  return std::min(records, (beyond_one + most_loops - 2) / (most_loops - 1));
}

}  // namespace socklock::imports
