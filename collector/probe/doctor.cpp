// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/platform/doctor.h"
#include "collector/kernel/libbpf_messages.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "collector/host/run_delay.h"
#include "collector/kernel/refusal.h"
#include "collector/probe/call_counts.h"
#include "collector/probe/namespaces.h"
#include "collector/probe/probe_set.h"
#include "collector/probe/self_test.h"
#include "collector/probe/session.h"
#include "collector/resolve/slab_objects.h"
#include "fentry.skel.h"

namespace socklock::collector {
namespace {

Finding finding(std::string name, std::string gives, const std::optional<Error>& refused) {
  if (!refused) return {std::move(name), true, std::move(gives), "", ""};
  return {std::move(name), false, std::move(gives), refused->what, refused->hint};
}

Finding symbols_finding(const Result<Kallsyms>& symbols) {
  constexpr const char* kGives = "names of functions, and so call paths; waits for the owner of a socket";
  if (!symbols) return finding("kernel symbols", kGives, symbols.error());
  if (!symbols->by_name(kOwnerWaitFunction) && symbols->hides_addresses())
    return finding("kernel symbols", kGives,
                   Error{"addresses are hidden", "", "needs CAP_SYSLOG, or kernel.kptr_restrict=0"});
  return finding("kernel symbols", kGives, std::nullopt);
}

Finding slab_finding() {
  const auto slabs = SlabObjects::load();
  return finding("bpf_get_kmem_cache", "names of locks inside sockets and other slab objects",
                 slabs ? std::nullopt : std::optional(slabs.error()));
}

Finding namespaces_finding(const Kallsyms& symbols) {
  const auto namespaces = Namespaces::start(symbols);
  return finding("network namespaces", "connections, segments and datagrams, as the kernel counts them anyway",
                 namespaces ? std::nullopt : std::optional(namespaces.error()));
}

Finding run_delay_finding() {
  constexpr const char* kGives = "what of a wait was for a CPU, of locks whose waiters sleep";
  if (counts_run_delay()) return finding("run delay", kGives, std::nullopt);
  return finding("run delay", kGives,
                 Error{"this kernel does not count how long threads wait for a CPU", "",
                       "a kernel with CONFIG_SCHED_INFO does; where it is part of CONFIG_TASK_DELAY_ACCT only, "
                       "kernel.task_delayacct=1"});
}

Finding fentry_finding() {
  constexpr const char* kGives = "acquisitions and hold times";
  fentry_bpf* programs = fentry_bpf__open_and_load();
  std::optional<Error> refused;
  if (!programs) {
    refused = refusal(errno, "the kernel refuses programs on functions");
  } else if (const int error = fentry_bpf__attach(programs)) {
    refused = refusal(-error, "the kernel refuses to attach programs to functions");
  }
  fentry_bpf__destroy(programs);
  return finding("fentry", kGives, refused);
}

}  // namespace

Diagnosis diagnose() {
  capture_libbpf_messages();
  Diagnosis diagnosis;
  const auto symbols = Kallsyms::load();
  diagnosis.findings.push_back(symbols_finding(symbols));
  const Kallsyms none;
  SessionOptions options;
  options.self_pid = static_cast<std::uint32_t>(getpid());
  options.counts_connections = options.counts_operations = true;
  auto session = Session::start(options, symbols ? *symbols : none);
  if (session) {
    diagnosis.level = CallCounts::start(options).any_attached() ? 2 : 1;
    diagnosis.spinlock_mode = test_spinlock_mode(*session, symbols ? *symbols : none);
    const auto probes = session->probes();
    for (const auto& probe : probes) {
      const auto& info = probe_info(probe.name());
      diagnosis.findings.push_back(
          {probe.name(), probe.attached(), std::string(info.gives), probe.reason(), probe.remedy()});
    }
  } else {
    diagnosis.exit_code = session.error().exit_code;
    diagnosis.findings.push_back(finding("contention_begin", "the begin of every wait", session.error()));
  }
  diagnosis.findings.push_back(namespaces_finding(symbols ? *symbols : none));
  diagnosis.findings.push_back(slab_finding());
  diagnosis.findings.push_back(run_delay_finding());
  diagnosis.findings.push_back(fentry_finding());
  return diagnosis;
}

}  // namespace socklock::collector
