// SPDX-License-Identifier: GPL-2.0-or-later
// How the house reports failure: anything that can fail for a reason outside the program returns
// Result<T>; broken invariants assert. An Error says what failed, where, and what the user can do.
#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace socklock {

// The exit codes of every program (docs/ci.md).
enum class ExitCode : int {
  kDone = 0,
  kFailOnHolds = 1,
  kUsage = 2,
  kBadInput = 3,
  kNotPermitted = 4,
  kKernelLacks = 5,
  kNotEnoughData = 6,
};

struct Error {
  std::string what;   // "checksum mismatch"
  std::string where;  // "block 17 at byte 4194304 of 'a.slk'"; may be empty
  std::string hint;   // what the user can do; may be empty
  ExitCode exit_code = ExitCode::kBadInput;

  // "what: where", one line, without the hint.
  [[nodiscard]] std::string message() const { return where.empty() ? what : what + ": " + where; }

  // Adds an outer place: "block 17" becomes "block 17 of 'a.slk'".
  [[nodiscard]] Error in(const std::string& outer) && {
    where = where.empty() ? outer : where + " of " + outer;
    return std::move(*this);
  }
};

// tl::expected, but one that can't be dropped silently.
template <typename T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
  Result(tl::expected<T, Error>&& base) : tl::expected<T, Error>(std::move(base)) {}
};

inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace socklock

#define SOCKLOCK_CONCAT_(a, b) a##b
#define SOCKLOCK_CONCAT(a, b) SOCKLOCK_CONCAT_(a, b)

// Returns the error of `expression` (a Result) from the enclosing function.
#define SOCKLOCK_TRY(expression)                                    \
  do {                                                              \
    if (auto socklock_result_ = (expression); !socklock_result_)    \
      return ::socklock::fail(std::move(socklock_result_).error()); \
  } while (false)

// The same, else `declaration` is set to the value.
#define SOCKLOCK_TRY_ASSIGN_(result, declaration, expression)      \
  auto result = (expression);                                      \
  if (!result) return ::socklock::fail(std::move(result).error()); \
  declaration = *std::move(result)
#define SOCKLOCK_TRY_ASSIGN(declaration, expression) \
  SOCKLOCK_TRY_ASSIGN_(SOCKLOCK_CONCAT(socklock_result_, __LINE__), declaration, expression)
