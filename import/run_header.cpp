// SPDX-License-Identifier: GPL-2.0-or-later
#include "import/run_header.h"

#include <fmt/format.h>

#include <charconv>
#include <ctime>
#include <random>

#include "base/units.h"

namespace socklock::imports {
namespace {

std::string random_id() {
  std::random_device random;
  std::string id;
  for (int i = 0; i < 4; ++i) id += fmt::format("{:08x}", random());
  return id;
}

std::uint64_t number_in(const std::string& text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// "Thu Nov 26 04:43:04 2026", of the recording machine's time zone, which perf does not say: taken for UTC.
std::uint64_t wall_ns(const std::string& text) {
  std::tm parts{};
  if (strptime(text.c_str(), "%a %b %d %H:%M:%S %Y", &parts) == nullptr) return 0;
  const std::time_t seconds = timegm(&parts);
  return seconds > 0 ? static_cast<std::uint64_t>(seconds) * kNsPerSecond : 0;
}

}  // namespace

trace::v1::Header imported_header(const Importer& importer, const ImportOptions& options) {
  trace::v1::Header header;
  header.set_run_id(random_id());
  header.set_label(options.label);
  header.set_origin(importer.name);
  header.set_interval_ns(kImportIntervalNs);
  header.mutable_recorder()->set_version(importer.name);
  for (const auto& [unit, count] : options.work) {
    auto& stated = *header.mutable_workload()->add_stated();
    stated.set_name(unit);
    stated.set_count(count);
  }
  trace::Knows knows = importer.knows;
  knows.duration = knows.duration || options.duration_seconds > 0;
  *header.mutable_knows() = encode(knows);
  return header;
}

void read_header_line(const std::string& line, trace::v1::Header& header) {
  const std::size_t colon = line.find(':');
  if (colon == std::string::npos) return;
  const auto trimmed = [](std::string text) {
    text.erase(0, text.find_first_not_of("# \t"));
    text.erase(text.find_last_not_of(" \t\r") + 1);
    return text;
  };
  const std::string key = trimmed(line.substr(0, colon)), value = trimmed(line.substr(colon + 1));
  auto& host = *header.mutable_host();
  if (key == "hostname") host.set_name(value);
  if (key == "os release") host.set_kernel_release(value);
  if (key == "arch") host.set_machine(value);
  if (key == "cpudesc") host.set_cpu_model(value);
  if (key == "nrcpus online") host.set_cpus_online(static_cast<std::uint32_t>(number_in(value)));
  if (key == "nrcpus avail") host.set_cpus_possible(static_cast<std::uint32_t>(number_in(value)));
  if (key == "total memory") host.set_memory_bytes(number_in(value) * 1024);
  if (key == "perf version") header.mutable_recorder()->set_version("perf " + value);
  if (key == "cmdline") header.mutable_recorder()->add_options(value);
  if (key == "captured on") header.set_wall_start_ns(wall_ns(value));
}

}  // namespace socklock::imports
