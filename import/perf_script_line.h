// SPDX-License-Identifier: GPL-2.0-or-later
// Single lines of what `perf script`, `trace-cmd report` and ftrace's `trace` print, taken apart. Columns differ with
// versions and options, and a command may hold anything, so lines are read from what is certain outwards.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "import/trace_builder.h"

namespace socklock::imports {

// "comm with spaces 701/702 [003] 12.345678901: lock:contention_begin: 0xffff8881 (flags=SPIN|READ)", and of ftrace
// "my app-702 [003] d..2. 12.345678901: contention_begin: 00000000abcd1234 (flags=SPIN|READ)"
struct ScriptEvent {
  bool is_begin = false;
  bool is_ftrace = false;  // its stack is printed as an event of its own
  std::string comm;        // empty where the column is missing
  std::optional<std::uint32_t> pid, tid, cpu;
  std::uint64_t time_ns = 0;
  bool coarse = false;     // the time has fewer than nine decimals
  bool interrupt = false;  // ftrace says that an interrupt was served
  std::uint64_t lock = 0;
  std::uint8_t flags = 0;                 // of a begin: the kernel's LCB_F_* bits
  int ret = 0;                            // of an end: below 0, the errno that the wait gave up with
  std::optional<ImportedFunction> frame;  // in the same line, where no stack follows
};

enum class ScriptLine {
  kEvent,
  kNoThread,   // a whole event, but for the column that says whose it is
  kNoTime,     // an event without its time
  kMalformed,  // an event without its lock, flags or result
  kOther       // no lock contention event
};

ScriptLine parse_script_event(std::string_view line, ScriptEvent& event);

// What a frame is called that perf had no name for.
inline constexpr std::string_view kUnnamed = "[unnamed]";

// "    ffffffff81012345 tcp_v4_rcv+0x12 ([nf_conntrack])", " => tcp_v4_rcv", " => tcp_v4_rcv (ffffffff81012345)";
// nothing where the line is no frame, one of user space, or of a function that was inlined: the frame that it is in
// follows.
std::optional<ImportedFunction> parse_script_frame(std::string_view line);

// How many events "PERF_RECORD_LOST" or "[LOST 12 EVENTS]" says were lost; 0 for any other line.
std::uint64_t parse_script_loss(std::string_view line);

}  // namespace socklock::imports
