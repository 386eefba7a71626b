// SPDX-License-Identifier: GPL-2.0-or-later
// socklock record --hosts: the same recording on many servers, by ssh, each trace straight into a folder here.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace socklock::analyzer {

struct HostsRequest {
  std::string hosts_file;  // one host per line, as ssh knows it; '#' begins a comment
  std::string folder;      // made; has to be without a manifest
  unsigned parallel = 8;
  std::string ssh = "ssh -o BatchMode=yes";  // words as a shell takes them
  std::vector<std::string> arguments;        // of socklock record, on each host
};

struct HostsResult {
  std::size_t recorded = 0;
  std::vector<std::string> failed;  // "host: what ssh or the recorder said last"
  int interrupted_by = 0;           // signal
};

// Records on all of them, `parallel` at a time, and writes folder/manifest.json ("socklock.hosts/1"), which
// socklock compare takes as a side. A host that fails, or that sends something else than a whole trace, ends nobody
// else's recording.
Result<HostsResult> record_hosts(const HostsRequest& request);

}  // namespace socklock::analyzer
