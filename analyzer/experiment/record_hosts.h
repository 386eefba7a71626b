// SPDX-License-Identifier: GPL-2.0-or-later
// socklock record --hosts: the same recording on many servers, by ssh, each trace straight into a folder here.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace socklock::analyzer {

struct HostsRequest {
  std::string hosts_file;  // a host a line, as ssh knows it; '#' begins a comment
  std::string folder;      // made; has to be without a manifest
  unsigned parallel = 8;
  std::string ssh = "ssh -o BatchMode=yes";  // split at blanks
  std::vector<std::string> arguments;        // of socklock record, on each host
};

// What of the command line, from the verb on, is for the recording of hosts: nothing where there is no --hosts.
// Errors: a value is missing, or no folder is named with -o.
Result<std::optional<HostsRequest>> hosts_request(const std::vector<std::string>& words);

struct HostsResult {
  std::size_t recorded = 0;
  std::vector<std::string> failed;  // "host: what ssh or the recorder said last"
};

// Records on all of them, `parallel` at a time, and writes folder/manifest.json ("socklock.hosts/1"), which
// socklock compare takes as a side. A host that fails ends nobody else's recording.
Result<HostsResult> record_hosts(const HostsRequest& request);

}  // namespace socklock::analyzer
