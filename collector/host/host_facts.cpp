// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/host/host_facts.h"

#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/units.h"

namespace socklock::collector {
namespace {

using trace::v1::Host;

// What changes how the tables behave, or what may be seen of them.
constexpr std::array kSysctls{
    "net/ipv4/ip_local_port_range",     "net/ipv4/tcp_tw_reuse",
    "net/ipv4/tcp_max_syn_backlog",     "net/ipv4/tcp_ehash_entries",
    "net/ipv4/tcp_child_ehash_entries", "net/core/somaxconn",
    "net/core/netdev_max_backlog",      "net/core/rps_sock_flow_entries",
    "net/ipv4/tcp_congestion_control",  "kernel/kptr_restrict",
    "kernel/perf_event_paranoid",       "kernel/unprivileged_bpf_disabled",
    "kernel/bpf_stats_enabled",
};

std::string read_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  while (!line.empty() && (line.back() == '\n' || line.back() == ' ')) line.pop_back();
  return line;
}

std::string cpu_info(const std::string& key) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(key))
      if (const auto colon = line.find(':'); colon != std::string::npos && colon + 2 <= line.size())
        return line.substr(colon + 2);
  return "";
}

std::uint32_t count_numa_nodes() {
  std::uint32_t nodes = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/sys/devices/system/node", error)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("node") && name.size() > 4 && std::isdigit(static_cast<unsigned char>(name[4]))) ++nodes;
  }
  return nodes == 0 ? 1 : nodes;
}

// protocol  size sockets  memory press maxhdr  slab module ...
void add_protocols(Host& host) {
  std::ifstream file("/proc/net/protocols");
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string name, size, memory, pressure, max_header, slab, module;
    std::int64_t sockets = 0;
    if (!(words >> name >> size >> sockets >> memory >> pressure >> max_header >> slab >> module)) continue;
    auto* protocol = host.add_protocols();
    protocol->set_name(name);
    protocol->set_module(module);
    protocol->set_uses_slab(slab == "yes");
    protocol->set_sockets(sockets);
  }
}

// The next number of a text, which leaves it; 0 where there is none.
std::uint64_t take_number(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_of("0123456789"), text.size()));
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return error == std::errc() ? number : 0;
}

// What follows `name` at its first occurrence; nothing where there is none.
std::string_view behind(std::string_view text, std::string_view name) {
  const auto at = text.find(name);
  return at == std::string_view::npos ? std::string_view() : text.substr(at + name.size());
}

// "cpu  user nice system idle iowait irq softirq steal ...", the first line of /proc/stat.
trace::v1::HostCpu host_cpu_of(std::string_view stat) {
  std::string_view text = behind(stat, "cpu ");
  std::array<std::uint64_t, 8> ticks{};
  for (auto& value : ticks) value = take_number(text);
  const auto [user, nice, system, idle, iowait, irq, softirq, steal] = ticks;
  const std::uint64_t tick_ns = kNsPerSecond / static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
  trace::v1::HostCpu times;
  times.set_user_ns((user + nice) * tick_ns);
  times.set_system_ns(system * tick_ns);
  times.set_idle_ns((idle + iowait) * tick_ns);
  times.set_irq_ns(irq * tick_ns);
  times.set_softirq_ns(softirq * tick_ns);
  times.set_steal_ns(steal * tick_ns);
  return times;
}

// "some avg10=0.00 avg60=0.00 avg300=0.00 total=12345", in microseconds (Documentation/accounting/psi.rst). Where it
// was turned off (psi=0) the file can't be read.
std::optional<std::uint64_t> cpu_pressure_ns_of(std::string_view pressure) {
  std::string_view total = behind(pressure, " total=");
  if (!pressure.starts_with("some ") || total.empty()) return std::nullopt;
  return take_number(total) * kNsPerMicrosecond;
}

std::uint64_t grown(std::uint64_t before, std::uint64_t after) { return after > before ? after - before : 0; }

}  // namespace

std::string boot_id() { return read_line("/proc/sys/kernel/random/boot_id"); }

Host read_host() {
  Host host;
  utsname name{};
  if (uname(&name) == 0) {
    host.set_name(name.nodename);
    host.set_kernel_release(name.release);
    host.set_kernel_build(name.version);
    host.set_machine(name.machine);
  }
  host.set_cpus_online(static_cast<std::uint32_t>(get_nprocs()));
  host.set_cpus_possible(static_cast<std::uint32_t>(get_nprocs_conf()));
  host.set_numa_nodes(count_numa_nodes());
  host.set_kernel_command_line(read_line("/proc/cmdline"));
  host.set_boot_id(boot_id());
  host.set_cpu_model(cpu_info("model name"));
  struct sysinfo memory {};
  if (sysinfo(&memory) == 0) host.set_memory_bytes(std::uint64_t{memory.totalram} * memory.mem_unit);
  for (const char* path : kSysctls) {
    const std::string value = read_line(std::string("/proc/sys/") + path);
    if (value.empty()) continue;
    auto* sysctl = host.add_sysctls();
    sysctl->set_name(path);
    sysctl->set_value(value);
  }
  add_protocols(host);
  return host;
}

bool has_hypervisor_bit() { return (" " + cpu_info("flags") + " ").find(" hypervisor ") != std::string::npos; }

std::string make_run_id() {
  std::array<unsigned char, 16> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) return "";
  std::string id;
  for (const auto byte : bytes) id += fmt::format("{:02x}", byte);
  return id;
}

HostCounters HostReader::read() {
  HostCounters counters;
  const std::string_view stat = stat_.read_record();
  counters.cpu = host_cpu_of(stat);
  // Far behind the processors' lines.
  std::string_view switches = behind(stat, "\nctxt ");
  counters.switches = take_number(switches);
  counters.network = network_.read();
  counters.cpu_pressure_ns = cpu_pressure_ns_of(cpu_pressure_.read_record());
  return counters;
}

std::uint64_t HostReader::own_rss_bytes() {
  std::string_view pages = statm_.read_record();
  take_number(pages);  // of all memory
  return take_number(pages) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

void add_host_counters(const HostCounters& before, const HostCounters& after, trace::v1::Interval& interval) {
  auto& cpu = *interval.mutable_host_cpu();
  cpu.set_user_ns(grown(before.cpu.user_ns(), after.cpu.user_ns()));
  cpu.set_system_ns(grown(before.cpu.system_ns(), after.cpu.system_ns()));
  cpu.set_idle_ns(grown(before.cpu.idle_ns(), after.cpu.idle_ns()));
  cpu.set_irq_ns(grown(before.cpu.irq_ns(), after.cpu.irq_ns()));
  cpu.set_softirq_ns(grown(before.cpu.softirq_ns(), after.cpu.softirq_ns()));
  cpu.set_steal_ns(grown(before.cpu.steal_ns(), after.cpu.steal_ns()));
  if (before.cpu_pressure_ns && after.cpu_pressure_ns)
    interval.set_cpu_pressure_ns(grown(*before.cpu_pressure_ns, *after.cpu_pressure_ns));
  for (auto& [name, value] : after.network.grown_since(before.network)) {
    auto* counter = interval.add_host_counters();
    counter->set_name(std::move(name));
    counter->set_value(value);
  }
}

std::uint64_t own_cpu_ns() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto ns = [](const timeval& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * kNsPerSecond + static_cast<std::uint64_t>(time.tv_usec) * 1000;
  };
  return ns(usage.ru_utime) + ns(usage.ru_stime);
}

}  // namespace socklock::collector
