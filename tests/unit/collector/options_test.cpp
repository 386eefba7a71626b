// SPDX-License-Identifier: GPL-2.0-or-later
// The command line of socklock-record: what it refuses, before anything is loaded into the kernel.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>

namespace {

using ::testing::HasSubstr;

struct Ran {
  int status;
  std::string text;  // of standard output and error
};

Ran record(const std::string& options) {
  FILE* pipe = popen((std::string(SOCKLOCK_RECORD) + " record " + options + " 2>&1").c_str(), "r");
  Ran ran{-1, ""};
  std::array<char, 4096> piece{};
  while (const auto length = fread(piece.data(), 1, piece.size(), pipe)) ran.text.append(piece.data(), length);
  ran.status = WEXITSTATUS(pclose(pipe));
  return ran;
}

TEST(Options, OutOfRangeAreRefusedByName) {
  for (const char* option : {"--duration 0", "--pid 0", "--stacks some", "--max-overhead 0", "--interval 0.01",
                             "--map-mb 0", "--level 3", "--cpu-profile 0", "--no-such-option"}) {
    const Ran ran = record(option);
    const std::string name = std::string(option).substr(0, std::string(option).find(' '));
    EXPECT_EQ(ran.status, 2) << option << ": " << ran.text;
    EXPECT_THAT(ran.text, HasSubstr(name)) << option;
  }
}

TEST(Options, OfAServiceGoTogether) {
  EXPECT_EQ(record("--service").status, 2);
  EXPECT_EQ(record("--dir /tmp").status, 2);
  EXPECT_EQ(record("--max-size 1GiB").status, 2);
  const Ran with_command = record("--service --dir /tmp -- true");
  EXPECT_EQ(with_command.status, 2);
  EXPECT_THAT(with_command.text, HasSubstr("--service"));
  EXPECT_EQ(record("--service --dir /tmp --rotate 7parsecs").status, 2);
  EXPECT_EQ(record("--service --dir /tmp --max-size 1").status, 2) << "less than one trace";
}

TEST(Options, OfSocklockRecordAreNotThisProgramsOwn) {
  for (const char* option : {"--hosts hosts.txt", "--parallel 2", "--ssh ssh"}) EXPECT_EQ(record(option).status, 2);
}

TEST(Options, HelpNamesAllOfThem) {
  const Ran ran = record("--help");
  EXPECT_EQ(ran.status, 0);
  for (const char* option : {"--output", "--stacks", "--max-overhead", "--service", "--metrics", "--level", "--redact"})
    EXPECT_THAT(ran.text, HasSubstr(option));
}

}  // namespace
