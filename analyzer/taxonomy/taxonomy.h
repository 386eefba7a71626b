// SPDX-License-Identifier: GPL-2.0-or-later
// Rules that turn facts into lock classes and stacks into call paths. The rules are data: the built-in
// ones are linux.taxonomy beside this file, which also describes the language.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/load/ids.h"
#include "analyzer/load/socket_kind.h"
#include "analyzer/load/wait_table.h"
#include "analyzer/taxonomy/pattern_set.h"
#include "base/result.h"

namespace socklock::analyzer {

// What a waiter was doing, in the order in which reports list it.
enum class CallPath : std::uint8_t { kSetup, kSend, kReceive, kInput, kTeardown, kOption, kPoll, kTimer, kOther };
inline constexpr std::size_t kCallPaths = 9;
std::string_view name_of(CallPath path);
std::optional<CallPath> call_path_named(std::string_view name);

enum class Role : std::uint8_t {
  kConnectionTable,
  kBindTable,
  kListener,
  kSocket,
  kSocketQueue,
  kTimewait,
  kTimer,
  kWaitQueue,
  kScheduler,
  kFdTable,
  kMemory,
  kOther,
};
inline constexpr std::size_t kRoles = 12;
std::string_view name_of(Role role);
std::optional<Role> role_named(std::string_view name);

// Position in Taxonomy::classes; 0 is "unclassified".
enum class ClassId : std::uint32_t {};
inline constexpr ClassId kUnclassified{0};

struct LockClass {
  std::string name;
  Role role = Role::kOther;
  bool of_sockets = false;  // the socket layer's, though others of this role are not
};

enum class RuleKind : std::uint8_t { kTable, kSlab, kOwner, kSymbol, kPerCpu, kTakenBy };

// Matches when every set that is not empty matches.
struct ClassRule {
  RuleKind kind = RuleKind::kTable;
  ClassId lock_class = kUnclassified;
  PatternSet subject;                // table, cache, symbol or taking function
  std::vector<std::string> members;  // patterns for is_member()
  bool listening = false;            // only locks in a socket that is known to listen
  PatternSet under;                  // a function between the lock and the call path's boundary
};

// Which functions acquire locks of a class, one for each call.
struct AcquisitionRule {
  ClassId lock_class = kUnclassified;
  PatternSet functions;
  std::optional<SocketKind> kind;  // only calls for sockets of this kind
  bool at_least = false;           // a call may acquire more than one
  bool is_the_lock = false;        // these functions take the lock itself: where probed, nothing else is counted
};

// By which functions' spans locks of a class are held.
struct HoldRule {
  ClassId lock_class = kUnclassified;
  PatternSet functions;
  std::optional<SocketKind> kind;
  bool is_the_lock = false;  // as of AcquisitionRule; held until it is given up
};

// Call path of calls in softirq, where the function tells it.
struct InterruptCalls {
  CallPath path = CallPath::kOther;
  PatternSet functions;
};

// A boundary that counts only for locks of some roles, and only where no other boundary was found.
struct ConditionalBoundary {
  CallPath path = CallPath::kOther;
  std::vector<Role> roles;
  PatternSet functions;
};

struct Boundary {
  CallPath path = CallPath::kOther;
  PatternSet functions;
};

struct Taxonomy {
  std::vector<LockClass> classes;
  std::vector<ClassRule> rules;  // in the order of the file
  std::vector<AcquisitionRule> acquisitions;
  std::vector<HoldRule> holds;
  PatternSet holder_skip;                       // frames of giving up a lock as such
  std::vector<InterruptCalls> interrupt_calls;  // in the order of the file
  std::vector<Boundary> boundaries;
  std::vector<ConditionalBoundary> conditional_boundaries;
  PatternSet skip;     // frames of taking a lock as such
  PatternSet socket;   // frames that make a stack one of the socket layer
  PatternSet softirq;  // frames that say where a stack's interrupt part begins
  PatternSet hardirq;
  std::map<std::pair<std::string, std::uint32_t>, CallPath> syscalls;       // (machine, number)
  std::set<std::pair<std::string, std::uint32_t>> likely_syscalls;          // of them those that may be of other paths
  std::map<std::pair<std::string, std::uint32_t>, CallPath> call_syscalls;  // beside `syscalls`, of calls for sockets

  [[nodiscard]] const LockClass& at(ClassId id) const { return classes[static_cast<std::size_t>(id)]; }
  // Of a call for a socket, by where it comes from; `machine` says which system calls those numbers are. Of
  // "lock:NAME@FILE:LINE", as LOCK_PROFILING knows acquisitions, by the file.
  [[nodiscard]] CallPath path_of_call(const std::string& function, KernelStack on, std::uint16_t syscall,
                                      const std::string& machine) const;
  [[nodiscard]] std::optional<ClassId> class_named(std::string_view name) const;

  // Of rules that name locks "lock:NAME" the first that `function` is under: "lock:NAME", or "lock:NAME@FILE:LINE",
  // which counts once.
  template <typename Rule>
  [[nodiscard]] static bool is_under(const Rule& rule, const std::string& function) {
    const std::size_t at = place_of(function);
    return rule.functions.matches(function) ||
           (at != std::string::npos && rule.functions.matches(function.substr(0, at)));
  }
  // Where the '@' of "lock:NAME@FILE:LINE" is; npos: no such name.
  [[nodiscard]] static std::size_t place_of(const std::string& function) {
    return function.starts_with("lock:") ? function.rfind('@') : std::string::npos;
  }

  // The rules that this program was built with.
  static const Taxonomy& built_in();
  // Errors name the file and the line.
  static Result<Taxonomy> load(const std::string& path);
  static Result<Taxonomy> parse(std::string_view text, const std::string& name);
};

}  // namespace socklock::analyzer
