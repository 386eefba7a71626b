// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/probe/session.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include "collector/kernel/kernel_btf.h"
#include "collector/kernel/refusal.h"
#include "collector/probe/probe_set.h"
#include "collector/probe/program_runs.h"
#include "collector/probe/system_calls.h"
#include "recorder.skel.h"

namespace socklock::collector {
namespace {

using trace::v1::Probe;

// A task's stack in the kernel (arch/x86/include/asm/page_64_types.h, arch/arm64/include/asm/memory.h; without KASAN).
std::uint64_t thread_bytes() {
  return std::max<std::uint64_t>(16384, static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)));
}

bool same_name(const bpf_program* program, std::string_view name) { return name == bpf_program__name(program); }

bpf_program* find_program(recorder_bpf* programs, std::string_view name) {
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, programs->obj) if (same_name(program, name)) return program;
  return nullptr;
}

bool has_filter(const SessionOptions& options) { return options.filter_pid != 0 || options.filter_cgroup != 0; }

bool is_wanted(WhenWanted wanted, const SessionOptions& options) {
  switch (wanted) {
    case WhenWanted::kAlways: return true;
    case WhenWanted::kForConnections: return options.counts_connections;
    case WhenWanted::kForFilteredConnections: return options.counts_connections && has_filter(options);
    case WhenWanted::kForOpenedConnections: return options.counts_opened && !options.counts_connections;
    case WhenWanted::kForOperations: return options.counts_operations;
  }
  return true;
}

// By which programs learn what sockets are TCP's; a kernel without IPv6 refuses the second.
struct TcpSockets {
  TcpSockets() : fds{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)} {}
  TcpSockets(const TcpSockets&) = delete;
  TcpSockets& operator=(const TcpSockets&) = delete;
  ~TcpSockets() {
    for (const int fd : fds)
      if (fd >= 0) close(fd);
  }
  std::array<int, 2> fds;
};

}  // namespace

Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

void Session::Free::operator()(recorder_bpf* value) const { recorder_bpf__destroy(value); }

Result<Session> Session::start(const SessionOptions& options, const Kallsyms& symbols) {
  Session session;
  SOCKLOCK_TRY(session.load(options, symbols));
  SOCKLOCK_TRY(session.map_tables());
  const auto text_begin = symbols.address_of("_stext"), text_end = symbols.address_of("_etext");
  if (text_begin && text_end) session.frame_cache_.load({*text_begin, *text_end}, session.known_frames_.all());
  session.set_rates(options.stack_rate_bits, 0);
  session.tell_programs([offset = session.programs_->bss->registers_offset](auto& control) {
    control.registers_offset = offset < thread_bytes() ? static_cast<std::uint16_t>(offset) : 0;
  });
  SOCKLOCK_TRY(session.attach());
  return session;
}

Result<void> Session::load(const SessionOptions& options, const Kallsyms& symbols) {
  const BtfPointer kernel_btf = read_kernel_btf();
  SOCKLOCK_TRY(check_kernel(kernel_btf.get()));
  programs_.reset(recorder_bpf__open());
  if (!programs_) return fail(refusal(errno, "cannot open the BPF programs"));
  choose_programs(kernel_btf.get(), options);
  size_tables(options);
  fill_settings(options, symbols);
  programs_->rodata->sees_releases = has_tracepoint(kernel_btf.get(), "contended_release");
  const TcpSockets sockets;
  std::copy(sockets.fds.begin(), sockets.fds.end(), std::begin(programs_->data->tcp_sockets));
  if (const int error = recorder_bpf__load(programs_.get()))
    return fail(refusal(-error, "the kernel refused the BPF programs"));
  bpf_test_run_opts run{};
  run.sz = sizeof run;
  bpf_prog_test_run_opts(bpf_program__fd(programs_->progs.learn_host), &run);
  return {};
}

void Session::choose_programs(const btf* kernel_btf, const SessionOptions& options) {
  for (const auto& info : probe_table()) {
    bpf_program* const program = find_program(programs_.get(), info.program);
    if (!is_wanted(info.wanted, options)) {
      bpf_program__set_autoload(program, false);
      continue;
    }
    Probe& probe = probes_.emplace_back();
    probe.set_name(std::string(info.program));
    if (has_tracepoint(kernel_btf, info.tracepoint)) continue;
    probe.set_reason("this kernel has no such tracepoint");
    probe.set_remedy("Linux " + std::string(info.since) + " and later have it");
    bpf_program__set_autoload(program, false);
  }
}

void Session::size_tables(const SessionOptions& options) {
  sizes = table_sizes(static_cast<std::uint32_t>(libbpf_num_possible_cpus()), options.map_bytes);
  auto& maps = programs_->maps;
  bpf_map__set_max_entries(maps.cpus, sizes.cpus);
  bpf_map__set_max_entries(maps.events, sizes.cpus << sizes.ring_bits);
  bpf_map__set_max_entries(maps.summary, 2 * sizes.cpus * ((1U << sizes.summary_bits) + SOCKLOCK_SPILL_SLOTS));
  bpf_map__set_max_entries(maps.cells, 2 * sizes.cpus << sizes.cell_bits);
  bpf_map__set_max_entries(maps.stacks, 1U << sizes.stack_bits);
  bpf_map__set_max_entries(maps.task_slots, 1U << sizes.task_bits);
  bpf_map__set_max_entries(maps.running, sizes.cpus);
  bpf_map__set_max_entries(maps.known_frames, 1U << SOCKLOCK_FRAME_BITS);
  bpf_map__set_max_entries(maps.threads, 1U << SOCKLOCK_THREAD_BITS);
  bpf_map__set_max_entries(maps.cgroups, 1U << SOCKLOCK_CGROUP_BITS);
  if (options.socket_addresses) bpf_map__set_max_entries(maps.endpoints, 2U << SOCKLOCK_ENDPOINTS_BITS);
  if (has_filter(options)) bpf_map__set_max_entries(maps.own_sockets, 1U << SOCKLOCK_OWN_SOCKETS_BITS);
}

void Session::fill_settings(const SessionOptions& options, const Kallsyms& symbols) {
  auto& settings = *programs_->rodata;
  settings.cpus_count = sizes.cpus;
  settings.ring_bits = sizes.ring_bits;
  settings.summary_bits = sizes.summary_bits;
  settings.cell_bits = sizes.cell_bits;
  settings.stack_bits = sizes.stack_bits;
  settings.task_bits = sizes.task_bits;
  settings.self_pid = options.self_pid;
  settings.filter_pid = options.filter_pid;
  settings.filter_cgroup = options.filter_cgroup;
  settings.filter_cgroup_level = options.filter_cgroup_level;
  settings.stacks_mode = options.stacks;
  settings.min_wait_ns = options.min_wait_ns;
  settings.socket_addresses = options.socket_addresses;
  for (std::uint32_t number = 1; number <= options.socket_locks.size(); ++number) {
    const std::uint32_t offset = options.socket_locks[number - 1];
    auto& locks = settings.socket_locks[offset / SOCKLOCK_LOCK_ALIGNMENT % SOCKLOCK_LOCK_RESIDUES];
    auto* const free =
        std::find_if(std::begin(locks), std::end(locks), [](const auto& lock) { return lock.number == 0; });
    if (free != std::end(locks)) *free = {offset, number};
  }
  for (const std::uint16_t number : kSocketSyscalls) settings.clear_syscalls[number / 64] |= 1ULL << (number % 64);
  settings.thread_bytes = thread_bytes();
  const auto lock_sock = symbols.by_name(kOwnerWaitFunction);
  const auto autoremove = symbols.by_name("autoremove_wake_function");
  if (lock_sock && autoremove) {
    settings.lock_sock_begin = lock_sock->address;
    settings.lock_sock_end = lock_sock->end_address;
    settings.autoremove_function = autoremove->address;
  }
  const auto entry_begin = symbols.by_name("__entry_text_start");
  const auto entry_end = symbols.by_name("__entry_text_end");
  if (entry_begin && entry_end) {
    settings.entry_text_begin = entry_begin->address;
    settings.entry_text_end = entry_end->address;
  }
}

Result<void> Session::map_tables() {
  auto& maps = programs_->maps;
  SOCKLOCK_TRY_ASSIGN(cpus, MappedArray<socklock_cpu>::map(maps.cpus));
  SOCKLOCK_TRY_ASSIGN(events, MappedArray<socklock_event>::map(maps.events));
  SOCKLOCK_TRY_ASSIGN(summary, MappedArray<socklock_summary_slot>::map(maps.summary));
  SOCKLOCK_TRY_ASSIGN(cells, MappedArray<socklock_cell>::map(maps.cells));
  SOCKLOCK_TRY_ASSIGN(stacks, MappedArray<socklock_stack_slot>::map(maps.stacks));
  SOCKLOCK_TRY_ASSIGN(task_slots, MappedArray<socklock_task_slot>::map(maps.task_slots));
  SOCKLOCK_TRY_ASSIGN(endpoints, MappedArray<socklock_endpoints>::map(maps.endpoints));
  SOCKLOCK_TRY_ASSIGN(threads, MappedArray<socklock_thread>::map(maps.threads));
  SOCKLOCK_TRY_ASSIGN(cgroups, MappedArray<socklock_cgroup>::map(maps.cgroups));
  SOCKLOCK_TRY_ASSIGN(known_frames_, MappedArray<socklock_known_frame>::map(maps.known_frames));
  SOCKLOCK_TRY_ASSIGN(own_sockets, MappedArray<__u64>::map(maps.own_sockets));
  return {};
}

Result<void> Session::attach() {
  for (auto& probe : probes_) {
    if (!probe.reason().empty()) continue;
    const auto& info = probe_info(probe.name());
    bpf_program* program = find_program(programs_.get(), info.program);
    bpf_link* link = bpf_program__attach(program);
    if (!link) {
      const int error = errno;
      if (info.required) return fail(refusal(error, "cannot attach to " + std::string(info.program)));
      const Error why = refusal(error, "refused");
      probe.set_reason(why.what);
      probe.set_remedy(why.hint);
      continue;
    }
    // The skeleton owns the link from here on and detaches it with everything else.
    for (int slot = 0; slot < programs_->skeleton->prog_cnt; ++slot)
      if (*programs_->skeleton->progs[slot].prog == program) *programs_->skeleton->progs[slot].link = link;
    probe.set_attached(true);
  }
  return {};
}

template <typename Change>
void Session::tell_programs(Change change) {
  for (auto& cpu : cpus.part(0, cpus.size())) change(cpu.control);
}

void Session::set_phase(socklock_phase phase) {
  tell_programs([phase](auto& control) { __atomic_store_n(&control.phase, phase, __ATOMIC_RELEASE); });
}

void Session::set_rates(std::uint32_t stack_bits, std::uint32_t event_bits) {
  tell_programs([=](auto& control) {
    __atomic_store_n(&control.stack_rate_bits, static_cast<std::uint8_t>(stack_bits), __ATOMIC_RELAXED);
    __atomic_store_n(&control.event_rate_bits, static_cast<std::uint8_t>(event_bits), __ATOMIC_RELAXED);
  });
}

std::uint32_t Session::switch_half() {
  const std::uint8_t written = cpus[0].control.half;
  tell_programs([=](auto& control) { __atomic_store_n(&control.half, written ^ 1U, __ATOMIC_RELEASE); });
  return written;
}

void Session::wait_for_programs() {
  const std::uint32_t key = 0;
  const int inner = bpf_map__fd(programs_->maps.barrier_inner);
  bpf_map_update_elem(bpf_map__fd(programs_->maps.barrier), &key, &inner, BPF_ANY);
}

bool Session::counts_operations() const {
  return programs_->links.sock_send_length || programs_->links.sock_recv_length;
}

void Session::stop_counting_operations() {
  stopped_operations_ = true;
  take_off("sock_send_length", "the kernel's own counters tell what this host does", "record --work operations");
  take_off("sock_recv_length", "the kernel's own counters tell what this host does", "record --work operations");
}

bool Session::counts_opened() const { return programs_->links.connection_opened != nullptr; }

bool Session::count_opened(bool wanted) {
  auto*& link = programs_->links.connection_opened;
  if (wanted && !link)
    link = bpf_program__attach(programs_->progs.connection_opened);
  else if (!wanted)
    bpf_link__destroy(std::exchange(link, nullptr));
  return counts_opened() == wanted;
}

void Session::take_off(std::string_view name, const char* reason, const char* remedy) {
  const bpf_program* const program = find_program(programs_.get(), name);
  for (int slot = 0; slot < programs_->skeleton->prog_cnt; ++slot)
    if (*programs_->skeleton->progs[slot].prog == program)
      bpf_link__destroy(std::exchange(*programs_->skeleton->progs[slot].link, nullptr));
  const auto probe = std::find_if(probes_.begin(), probes_.end(), [name](const Probe& p) { return p.name() == name; });
  if (probe == probes_.end() || !probe->attached()) return;
  probe->set_attached(false);
  probe->set_reason(reason);
  probe->set_remedy(remedy);
}

void Session::learn_tables(std::span<const socklock_namespace> namespaces) {
  auto& known = programs_->bss->netns_tables;
  for (const auto& row : namespaces) {
    if (row.cookie == 0) continue;
    auto* const at = std::find_if(std::begin(known), std::end(known), [&](const socklock_hash_tables& tables) {
      return tables.hashinfo == row.tables.hashinfo || tables.hashinfo == 0;
    });
    if (at == std::end(known)) {
      ++cpus[0].counters[SOCKLOCK_NETNS_TABLE_FULL];
    } else if (at->hashinfo == 0) {
      socklock_hash_tables tables = row.tables;
      tables.netns_inode = 0;
      *at = tables;
      __atomic_store_n(&at->netns_inode, row.tables.netns_inode, __ATOMIC_RELEASE);
    }
  }
}

void Session::find_table_holders() {
  tell_programs([](auto& control) { __atomic_store_n(&control.finds_table_holders, 1, __ATOMIC_RELAXED); });
}

std::span<socklock_endpoints> Session::endpoints_of(std::uint32_t half) const {
  constexpr std::size_t kOfHalf = std::size_t{1} << SOCKLOCK_ENDPOINTS_BITS;
  if (endpoints.size() < 2 * kOfHalf) return {};
  return endpoints.part(half * kOfHalf, kOfHalf);
}

void Session::share_maps(bpf_object* other) const {
  for (const char* name : {"cpus", "stacks", "task_slots", "running"})
    if (bpf_map* const map = bpf_object__find_map_by_name(other, name))
      bpf_map__reuse_fd(map, bpf_map__fd(bpf_object__find_map_by_name(programs_->obj, name)));
}

std::uint64_t Session::self_test_waits() const { return programs_->bss->self_test_waits; }

std::vector<std::uint64_t> Session::self_test_stack() const {
  const auto& stack = programs_->bss->self_test_stack;
  return {std::begin(stack), std::end(stack)};
}

std::vector<socklock_hash_tables> Session::netns_tables() const {
  std::vector<socklock_hash_tables> known;
  for (const auto& tables : programs_->bss->netns_tables)
    if (tables.hashinfo != 0 && tables.netns_inode != 0) known.push_back(tables);
  return known;
}

void Session::clear() {
  for (std::size_t cpu = 0; cpu < cpus.size(); ++cpu) {
    for (auto& slot : cpus[cpu].spin) slot = {};
    for (auto& pending : cpus[cpu].pending) pending = {};
  }
  for (std::size_t i = 0; i < task_slots.size(); ++i)
    if (task_slots[i].task != 0) task_slots[i] = {};
  for (auto& waits : programs_->bss->owner_waits) waits = 0;
  for (auto& thread : threads.all()) thread = {};
  for (auto& socket : own_sockets.part(0, own_sockets.size())) socket = 0;
  for (std::size_t i = 0; i < stacks.size(); ++i)
    if (stacks[i].hash != 0) stacks[i] = {};
}

std::uint64_t Session::sweep_abandoned() {
  std::uint64_t abandoned = 0;
  for (std::size_t i = 0; i < task_slots.size(); ++i) {
    auto& slot = task_slots[i];
    const std::uint64_t task = __atomic_load_n(&slot.task, __ATOMIC_ACQUIRE);
    const auto tid = static_cast<pid_t>(slot.tid);
    if (task == 0 || tid == 0 || kill(tid, 0) == 0 || errno != ESRCH) continue;
    auto expected = static_cast<decltype(slot.task)>(task);
    if (__atomic_compare_exchange_n(&slot.task, &expected, 0, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
      if (slot.key.flags & SOCKLOCK_FLAG_OWNER_WAIT)
        __atomic_fetch_sub(&programs_->bss->owner_waits[slot.tid % std::size(programs_->bss->owner_waits)], 1,
                           __ATOMIC_RELAXED);
      ++abandoned;
    }
  }
  return abandoned;
}

std::vector<ProgramRuns> Session::runs() const {
  std::vector<ProgramRuns> runs;
  for (const auto& probe : probes_) {
    const bpf_program* const program = find_program(programs_.get(), probe.name());
    if (bpf_program__fd(program) < 0) continue;
    if (const auto info = info_of(program)) runs.push_back({probe.name(), info->run_time_ns, info->recursion_misses});
  }
  return runs;
}

std::uint64_t Session::cgroups_entered() const {
  return __atomic_load_n(&programs_->bss->cgroups_entered, __ATOMIC_ACQUIRE);
}

std::vector<Probe> Session::probes() const {
  std::vector<Probe> probes = probes_;
  for (auto& probe : probes) set_runs(find_program(programs_.get(), probe.name()), probe);
  return probes;
}

}  // namespace socklock::collector
