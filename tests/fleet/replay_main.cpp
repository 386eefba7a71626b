// SPDX-License-Identifier: GPL-2.0-or-later
// A real recording as another host's: what the demonstration and the bench make fleets of.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "tests/fleet/replay.h"

int main(int argc, char** argv) {
  std::string from, to;
  socklock::fleet::Replay as;
  CLI::App app("Plays a recording as another host's, at another time");
  app.add_option("from", from, "trace")->required();
  app.add_option("to", to, "new trace")->required();
  app.add_option("--host", as.host, "name of the host")->required();
  app.add_option("--begin", as.begin_s, "seconds since 1970")->required();
  app.add_option("--duration", as.duration_s, "at least so many seconds (default: once)");
  app.add_option("--interval", as.interval_s, "seconds that each of its intervals lasts (default: as recorded)");
  app.add_option("--seed", as.seed, "which interval comes first");
  app.add_option("--kernel", as.kernel, "release of the kernel (default: the recording's)");
  CLI11_PARSE(app, argc, argv);
  const auto done = socklock::fleet::replay(from, to, as);
  if (!done) fmt::print(stderr, "fleet-replay: {}\n", done.error().message());
  return done ? 0 : static_cast<int>(done.error().exit_code);
}
