// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/probe/self_test.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "collector/host/host_facts.h"
#include "collector/host/spinlock_mode.h"

namespace socklock::collector {
namespace {

using trace::v1::SpinlockMode;

// Where waits are reported the first one ends the test. Where none is, an emulated machine on a busy host takes more
// than two seconds to make threads meet often enough.
constexpr auto kLongest = std::chrono::seconds(5);
constexpr auto kPoll = std::chrono::milliseconds(1);
// One tells it all: the stack of the first is kept.
constexpr std::uint64_t kEnoughWaits = 1;
// One in a hundred of them waits at the least, so that none does of these once in 10^13 times. On a busy machine
// threads rarely meet, which must not be taken for a kernel that does not report their waits.
constexpr std::uint64_t kEnoughMeetings = 3'000;
// Native spinlocks report the second waiter only, for which three threads have to meet: seldom, where an emulator has
// fewer processors than that.
constexpr std::uint64_t kEnoughNativeMeetings = 20'000;
// Where processors are shared with other machines, holders of the lock are preempted and meetings take long: of so
// many, all that there were in the time, none waits once in 20,000 times.
constexpr std::uint64_t kFewestMeetings = 1'000;
constexpr std::size_t kMostThreads = 4;

std::vector<std::size_t> usable_cpus() {
  cpu_set_t allowed;
  std::vector<std::size_t> cpus;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return cpus;
  for (std::size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &allowed)) cpus.push_back(cpu);
  return cpus;
}

struct alignas(64) Hammer {
  std::atomic<std::uint64_t> blows{0};
  std::atomic<std::uint64_t> meetings{0};  // blows during which the neighbour made one, too
};

// dup() and close() take files_struct.file_lock, which all threads of a process share (fs/file.c).
void hammer_file_lock(std::size_t cpu, Hammer& own, const Hammer& neighbour, const std::atomic<bool>& stop) {
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(cpu, &only);
  sched_setaffinity(0, sizeof only, &only);
  // A recorder that was started with a real-time policy would otherwise never run again: its hammers hold every CPU.
  const sched_param ordinary{};
  sched_setscheduler(0, SCHED_OTHER, &ordinary);
  // Of this thread, for the milliseconds that this takes: where others keep the processors busy, threads that take
  // turns with them rarely run at the same time. Without the right to, the test takes longer.
  setpriority(PRIO_PROCESS, 0, -10);
  while (!stop.load(std::memory_order_relaxed)) {
    const std::uint64_t before = neighbour.blows.load(std::memory_order_relaxed);
    const int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (fd >= 0) close(fd);
    own.blows.fetch_add(1, std::memory_order_relaxed);
    if (neighbour.blows.load(std::memory_order_relaxed) != before) own.meetings.fetch_add(1, std::memory_order_relaxed);
  }
}

// Whether threads met often enough to tell.
bool make_spinlocks_wait(Session& session, const std::vector<std::size_t>& cpus) {
  std::atomic<bool> stop{false};
  std::array<Hammer, kMostThreads> hammers;
  const std::size_t count = std::min(cpus.size(), kMostThreads);
  std::vector<std::jthread> threads;  // last: they use what is above until they have ended
  for (std::size_t i = 0; i < count; ++i)
    threads.emplace_back([&, i] { hammer_file_lock(cpus[i], hammers[i], hammers[(i + 1) % count], stop); });
  const auto met = [&](std::uint64_t meetings) {
    return std::any_of(hammers.begin(), hammers.end(), [meetings](const Hammer& hammer) {
      return hammer.meetings.load(std::memory_order_relaxed) >= meetings;
    });
  };
  const std::uint64_t enough = has_hypervisor_bit() ? kEnoughMeetings : kEnoughNativeMeetings;
  const auto deadline = std::chrono::steady_clock::now() + kLongest;
  while (session.self_test_waits() < kEnoughWaits && !met(enough) && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(kPoll);
  stop = true;
  return met(kFewestMeetings);
}

}  // namespace

SpinlockMode mode_of_stack(const std::vector<std::uint64_t>& stack, const Kallsyms& symbols) {
  for (const std::uint64_t address : stack) {
    const auto symbol = symbols.find(address);
    if (!symbol) continue;
    if (symbol->name.find("pv_queued_spin_lock_slowpath") != std::string_view::npos) return trace::v1::SPINLOCK_MODE_PV;
    if (symbol->name.find("queued_spin_lock_slowpath") != std::string_view::npos)
      return trace::v1::SPINLOCK_MODE_NATIVE;
  }
  return trace::v1::SPINLOCK_MODE_UNKNOWN;
}

SpinlockMode test_spinlock_mode(Session& session, const Kallsyms& symbols) {
  const std::vector<std::size_t> cpus = usable_cpus();
  if (cpus.size() < 2) return trace::v1::SPINLOCK_MODE_UNKNOWN;
  session.set_phase(SOCKLOCK_SELF_TEST);
  const bool met_enough = make_spinlocks_wait(session, cpus);
  session.set_phase(SOCKLOCK_IDLE);
  session.wait_for_programs();
  if (session.self_test_waits() > 0) return mode_of_stack(session.self_test_stack(), symbols);
  if (!met_enough) return trace::v1::SPINLOCK_MODE_UNKNOWN;
  // No event at all: a virtual machine waits with test-and-set, before the tracepoint. A real one shows
  // only the second waiter, which two CPUs can't produce.
  if (has_hypervisor_bit()) return trace::v1::SPINLOCK_MODE_TEST_AND_SET;
  return cpus.size() < 3 ? trace::v1::SPINLOCK_MODE_NATIVE : trace::v1::SPINLOCK_MODE_UNKNOWN;
}

SpinlockMode find_spinlock_mode(Session& session, const Kallsyms& symbols, const BootCache& files) {
  constexpr const char* kName = "spinlock-mode";
  constexpr std::size_t kLongestWord = 16;
  const auto known = spinlock_mode_named(files.read(kName, kLongestWord).value_or(""));
  if (known != trace::v1::SPINLOCK_MODE_UNKNOWN) return known;
  const auto found = test_spinlock_mode(session, symbols);
  if (found != trace::v1::SPINLOCK_MODE_UNKNOWN) files.write(kName, spinlock_mode_name(found));
  return found;
}

}  // namespace socklock::collector
