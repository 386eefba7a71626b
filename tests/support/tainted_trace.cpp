// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/tainted_trace.h"

#include <functional>
#include <variant>

#include "proto/rows.h"
#include "proto/trace_reader.h"
#include "proto/trace_writer.h"

namespace socklock::testing {
namespace {

namespace v1 = trace::v1;

// Shown: nothing depends on what it says. Telling: a name that something is recognized by.
struct Visit {
  std::function<void(std::string&)> shown, telling;
};

void each_text(v1::Probe& probe, const Visit& visit) {
  visit.telling(*probe.mutable_name());
  visit.shown(*probe.mutable_reason());
  visit.shown(*probe.mutable_remedy());
  visit.telling(*probe.mutable_method());
}

void each_text(v1::Host& host, const Visit& visit) {
  for (std::string* const text :
       {host.mutable_name(), host.mutable_kernel_release(), host.mutable_kernel_build(), host.mutable_machine(),
        host.mutable_kernel_command_line(), host.mutable_boot_id(), host.mutable_cpu_model()})
    visit.shown(*text);
  for (auto& sysctl : *host.mutable_sysctls()) {
    visit.shown(*sysctl.mutable_name());
    visit.shown(*sysctl.mutable_value());
  }
  for (auto& protocol : *host.mutable_protocols()) {
    visit.telling(*protocol.mutable_name());
    visit.shown(*protocol.mutable_module());
  }
}

void each_text(v1::Header& header, const Visit& visit) {
  visit.shown(*header.mutable_run_id());
  visit.shown(*header.mutable_label());
  visit.telling(*header.mutable_origin());
  each_text(*header.mutable_host(), visit);
  v1::Recorder& recorder = *header.mutable_recorder();
  visit.shown(*recorder.mutable_version());
  visit.telling(*recorder.mutable_stacks());
  if (recorder.notes().empty()) recorder.add_notes();
  for (auto& option : *recorder.mutable_options()) visit.shown(option);
  for (auto& note : *recorder.mutable_notes()) visit.shown(note);
  for (auto& probe : *recorder.mutable_probes()) each_text(probe, visit);
  v1::Workload& workload = *header.mutable_workload();
  for (auto& word : *workload.mutable_argv()) visit.shown(word);
  visit.shown(*workload.mutable_filter());
  for (auto& stated : *workload.mutable_stated()) visit.telling(*stated.mutable_name());
  for (auto& table : *header.mutable_hash_tables()) visit.telling(*table.mutable_name());
}

void each_text(v1::Lock& lock, const Visit& visit) {
  for (std::string* const text :
       {lock.mutable_table(), lock.mutable_cache(), lock.mutable_member(), lock.mutable_symbol()})
    visit.telling(*text);
  visit.shown(*lock.mutable_addresses());
  for (auto& alias : *lock.mutable_aliases()) {
    visit.telling(*alias.mutable_cache());
    visit.telling(*alias.mutable_member());
  }
}

void each_text(v1::Dictionary& dictionary, const Visit& visit) {
  for (auto& function : *dictionary.mutable_functions()) {
    visit.telling(*function.mutable_symbol());
    visit.shown(*function.mutable_module());
  }
  for (auto& lock : *dictionary.mutable_locks()) each_text(lock, visit);
  for (auto& thread : *dictionary.mutable_threads()) visit.shown(*thread.mutable_comm());
  for (auto& counter : *dictionary.mutable_host_counters()) visit.shown(*counter.mutable_name());
  for (auto& cgroup : *dictionary.mutable_cgroups()) visit.shown(*cgroup.mutable_path());
  for (auto& netns : *dictionary.mutable_network_namespaces()) visit.shown(*netns.mutable_name());
}

void each_text(v1::Interval& interval, const Visit& visit) {
  for (auto& counter : *interval.mutable_host_counters()) visit.shown(*counter.mutable_name());
}

Result<void> copy(v1::Events& events, trace::TraceWriter& writer, const Visit&) {
  trace::EventColumns columns;
  SOCKLOCK_TRY(trace::decode(events, columns));
  return writer.write(columns);
}
Result<void> copy(v1::Footer& footer, trace::TraceWriter& writer, const Visit& visit) {
  each_text(*footer.mutable_header(), visit);
  return writer.finish(footer);
}
template <typename Message>
Result<void> copy(Message& message, trace::TraceWriter& writer, const Visit& visit) {
  each_text(message, visit);
  return writer.write(message);
}

}  // namespace

Result<void> write_tainted(const std::string& from, const std::string& to, std::string_view taint, Tainted what) {
  Visit visit;
  visit.shown = [taint](std::string& text) { text.insert(0, taint); };
  visit.telling = what == Tainted::kEverything ? visit.shown : [](std::string&) {};
  SOCKLOCK_TRY_ASSIGN(auto reader, trace::TraceReader::open(from));
  SOCKLOCK_TRY_ASSIGN(auto writer, trace::TraceWriter::create(to));
  while (auto block = reader.next())
    SOCKLOCK_TRY(std::visit([&](auto& message) { return copy(message, writer, visit); }, block->message));
  return {};
}

unsigned count_of_texts() {
  unsigned count = 0;
  const auto counted = [&count](std::string&) { ++count; };
  const Visit visit{counted, counted};
  v1::Header header;
  header.mutable_host()->add_sysctls();
  header.mutable_host()->add_protocols();
  header.mutable_recorder()->add_options();
  header.mutable_recorder()->add_probes();
  header.mutable_workload()->add_argv();
  header.mutable_workload()->add_stated();
  header.add_hash_tables();
  each_text(header, visit);
  v1::Dictionary dictionary;
  dictionary.add_functions();
  dictionary.add_locks()->add_aliases();
  dictionary.add_threads();
  dictionary.add_host_counters();
  dictionary.add_cgroups();
  dictionary.add_network_namespaces();
  each_text(dictionary, visit);
  v1::Interval interval;
  interval.add_host_counters();
  each_text(interval, visit);
  return count;
}

}  // namespace socklock::testing
