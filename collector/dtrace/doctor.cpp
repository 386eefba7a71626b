// SPDX-License-Identifier: GPL-2.0-or-later
// What of DTrace this machine has, and this user may use.
#include "collector/platform/doctor.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "collector/dtrace/dtrace_process.h"
#include "collector/dtrace/script_folder.h"
#include "collector/dtrace/words.h"

namespace socklock::collector {
namespace {

struct Asked {
  int status = 0;
  DtraceWords words;
};

// Runs dtrace to its end.
Result<Asked> ask(const std::vector<std::string>& arguments, const DtraceProcess::TakeLine& printed) {
  SOCKLOCK_TRY_ASSIGN(auto dtrace, DtraceProcess::start(arguments));
  Asked asked;
  const auto said = [&](std::string_view line) {
    asked.words.add(line);
    return Result<void>();
  };
  for (bool is_open = true; is_open;) {
    SOCKLOCK_TRY_ASSIGN(is_open, dtrace.read_lines(1000, printed, said));
  }
  asked.status = dtrace.wait();
  return asked;
}

// "lockstat:adaptive-block": providers and names of `dtrace -l`, whose lines are
// "   ID   PROVIDER            MODULE                          FUNCTION NAME".
std::string probe_in(std::string_view line) {
  const auto word = [&line] {
    const std::size_t begin = line.find_first_not_of(' ');
    if (begin == std::string_view::npos) return std::string_view();
    const std::size_t end = std::min(line.find(' ', begin), line.size());
    return std::exchange(line, line.substr(end)).substr(begin, end - begin);
  };
  word();
  const std::string_view provider = word();
  std::string_view name;
  for (std::string_view next = word(); !next.empty(); next = word()) name = next;
  return std::string(provider) + ":" + std::string(name);
}

using Probes = std::set<std::string>;

struct Wanted {
  const char* name;
  const char* gives;
  std::vector<const char*> probes;  // any of them
};

const std::vector<Wanted>& wanted() {
  static const std::vector<Wanted> kWanted{
      {"lockstat mutexes", "waits for mutexes", {"lockstat:adaptive-block", "lockstat:adaptive-spin"}},
      {"lockstat rwlocks", "waits for reader-writer locks", {"lockstat:rw-block", "lockstat:rw-spin"}},
      {"lockstat sx", "waits for sx locks", {"lockstat:sx-block", "lockstat:sx-spin"}},
      {"lockstat spin mutexes", "waits for spin mutexes", {"lockstat:spin-spin", "lockstat:thread-spin"}},
      {"lockstat lockmgr", "waits for lockmgr locks", {"lockstat:lockmgr-block"}},
      {"lockstat acquisitions", "acquisitions, with --level 2", {"lockstat:adaptive-acquire"}},
      {"tcp", "connections opened and accepted", {"tcp:connect-established", "tcp:accept-established"}}};
  return kWanted;
}

Finding finding_of(const Wanted& one, const Probes& probes) {
  for (const char* name : one.probes)
    if (probes.contains(name)) return {one.name, true, one.gives, "", ""};
  return {one.name, false, one.gives, std::string("no probe ") + one.probes.front(), ""};
}

Finding script_finding(const char* name, const char* gives, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "-e");
  const auto asked = ask(arguments, [](std::string_view) { return Result<void>(); });
  if (!asked) return {name, false, gives, asked.error().what, asked.error().hint};
  if (asked->status == 0) return {name, true, gives, "", ""};
  const Error error = refusal_of_dtrace(asked->words, asked->status);
  return {name, false, gives, error.what, "please report it, with the version of FreeBSD"};
}

void add_refusal(Diagnosis& diagnosis, const Error& error) {
  diagnosis.exit_code = error.exit_code;
  diagnosis.findings.push_back({"dtrace", false, "everything: it records", error.what, error.hint});
}

}  // namespace

Diagnosis diagnose() {
  Diagnosis diagnosis;
  diagnosis.has_spinlock_mode = false;
  Probes probes;
  const auto listed = ask({"-l"}, [&](std::string_view line) {
    probes.insert(probe_in(line));
    return Result<void>();
  });
  if (!listed || listed->status != 0) {
    add_refusal(diagnosis, listed ? refusal_of_dtrace(listed->words, listed->status) : listed.error());
    return diagnosis;
  }
  diagnosis.findings.push_back({"dtrace", true, "everything: it records", "", ""});
  for (const Wanted& one : wanted()) diagnosis.findings.push_back(finding_of(one, probes));
  const auto scripts = ScriptFolder::make();
  if (!scripts) {
    add_refusal(diagnosis, scripts.error());
    return diagnosis;
  }
  const auto contention = script_finding("socklock.d", "contention", scripts->arguments(1));
  const auto acquisitions = script_finding("acquisitions.d", "acquisitions, with --level 2", scripts->arguments(2));
  diagnosis.findings.push_back(contention);
  diagnosis.findings.push_back(acquisitions);
  // Without mutexes and reader-writer locks there is nothing of sockets to be seen.
  const bool sees_waits = diagnosis.findings[1].available || diagnosis.findings[2].available;
  if (contention.available && sees_waits) diagnosis.level = acquisitions.available ? 2 : 1;
  if (diagnosis.level == 0) diagnosis.exit_code = ExitCode::kKernelLacks;
  return diagnosis;
}

}  // namespace socklock::collector
