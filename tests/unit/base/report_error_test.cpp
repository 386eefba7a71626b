// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/report_error.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <new>
#include <stdexcept>

#include <gtest/gtest.h>

#include "base/message.h"

namespace socklock {
namespace {

std::string said_by(const std::function<int()>& say, int expected) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(say(), expected);
  return testing::internal::GetCapturedStderr();
}

const Error kError{"cannot read", "'a\x1b[31m.slk'", "try\nanother", ExitCode::kNotPermitted};

TEST(ReportError, SaysWhoWhatWhereAndWhatToDo) {
  EXPECT_EQ(said_by([] { return report_error("socklock info", kError); }, 4),
            "socklock info: cannot read: 'a?[31m.slk'\nhint: try?another\n");
}

TEST(ReportError, SaysTheSameAsJson) {
  const std::string said = said_by([] { return report_error("socklock info", kError, ErrorFormat::kJson); }, 4);
  EXPECT_NE(said.find("\"schema\": \"socklock.error/1\""), std::string::npos);
  EXPECT_NE(said.find("\"exit_code\": 4"), std::string::npos);
  EXPECT_EQ(said.find('\x1b'), std::string::npos);
}

// Standard error is the journal where $JOURNAL_STREAM names its file, and only there.
TEST(ReportError, HasItsPriorityInTheJournal) {
  testing::internal::CaptureStderr();
  struct stat stream {};
  ASSERT_EQ(fstat(STDERR_FILENO, &stream), 0);
  setenv("JOURNAL_STREAM", (std::to_string(stream.st_dev) + ":" + std::to_string(stream.st_ino)).c_str(), 1);
  report_error("socklock record", {"no room", "", "a larger disk", ExitCode::kBadInput});
  say(Severity::kInformation, "socklock record", "all is well");
  setenv("JOURNAL_STREAM", "1:1", 1);
  say(Severity::kWarning, "socklock record", "elsewhere");
  unsetenv("JOURNAL_STREAM");
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "<3>socklock record: no room\n<3>hint: a larger disk\n<6>socklock record: all is well\n"
            "socklock record: elsewhere\n");
}

TEST(RunMain, ReportsWhatIsThrown) {
  EXPECT_EQ(said_by([] { return run_main("socklock", []() -> int { throw std::bad_alloc(); }); }, 3),
            "socklock: out of memory\n");
  EXPECT_EQ(said_by([] { return run_main("socklock", []() -> int { throw std::runtime_error("why"); }); }, 3),
            "socklock: why\n");
  EXPECT_EQ(run_main("socklock", [] { return 5; }), 5);
}

}  // namespace
}  // namespace socklock
