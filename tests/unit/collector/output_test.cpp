// SPDX-License-Identifier: GPL-2.0-or-later
// Where a trace goes, what it says when it is there, and what is left out of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "collector/output/output_file.h"
#include "collector/output/redaction.h"
#include "collector/platform/recorder.h"
#include "tests/support/temporary_folder.h"

namespace socklock::collector {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class OutputFile : public ::testing::Test {
 protected:
  void SetUp() override {
    before_ = fs::current_path();
    fs::current_path(folder_);
  }
  void TearDown() override { fs::current_path(before_); }
  const socklock::testing::TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
  fs::path before_;
};

TEST_F(OutputFile, TakesANewNameMadeOfTheLabel) {
  RecordOptions options;
  options.label = "before /etc";
  auto first = open_output(options), second = open_output(options);
  ASSERT_TRUE(first && second);
  ASSERT_TRUE(first->publish() && second->publish());
  EXPECT_TRUE(first->path.starts_with("before__etc-")) << first->path;
  EXPECT_TRUE(first->path.ends_with(".slk"));
  EXPECT_NE(first->path, second->path);
  for (const auto& output : {&*first, &*second}) EXPECT_TRUE(fs::is_regular_file(output->path)) << output->path;
}

// Neither to a file nor to what recorders write to as it stands, a pipe or a device.
TEST_F(OutputFile, IsNotLedElsewhereByALink) {
  ASSERT_EQ(mkfifo("pipe", 0600), 0);
  const int reader = open("pipe", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  fs::create_symlink("pipe", "a.slk");
  RecordOptions options;
  options.output = "a.slk";
  EXPECT_FALSE(check_output(options));
  EXPECT_FALSE(open_output(options));
  options.overwrite = true;
  auto replacing = open_output(options);
  ASSERT_TRUE(replacing && replacing->publish());
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status("a.slk")));
  char byte = 0;
  EXPECT_EQ(read(reader, &byte, 1), 0) << "something came through the pipe";
  close(reader);
  options.output = "pipe";
  const int end = open("pipe", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  EXPECT_TRUE(open_output(options));
  EXPECT_EQ(read(end, &byte, 1), 1) << "a pipe that was named is written to";
  close(end);
}

TEST_F(OutputFile, OverwritesNothingUnlessAsked) {
  RecordOptions options;
  options.output = "a.slk";
  auto first = open_output(options);
  ASSERT_TRUE(first && first->publish());
  const auto again = open_output(options);
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().message(), HasSubstr("a.slk"));
  EXPECT_FALSE(again.error().hint.empty());
  options.overwrite = true;
  EXPECT_TRUE(open_output(options));
}

TEST_F(OutputFile, SaysWhichFolderIsMissing) {
  RecordOptions options;
  options.output = "no/such/folder/a.slk";
  const auto refused = open_output(options);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("no/such/folder"));
}

TEST(Describe, SaysWhatWasWrittenAndLost) {
  RecordingResult result;
  result.path = "run.slk";
  result.contentions = 12;
  result.seconds = 3;
  EXPECT_THAT(describe(result), HasSubstr("12 waits in 3.0 s, none lost"));
  result.lost = 4;
  result.workload_status = 143;
  EXPECT_THAT(describe(result), HasSubstr("4 lost"));
  EXPECT_THAT(describe(result), HasSubstr("the command exited with 143"));
  result.path = "-";
  EXPECT_THAT(describe(result), HasSubstr("standard output"));
}

TEST(RedactionTest, LeavesNothingThatTellsWhoseMachineItWas) {
  trace::v1::Header header;
  header.mutable_host()->set_name("db7.example");
  header.mutable_host()->set_boot_id("b00t");
  header.mutable_host()->set_kernel_command_line("root=UUID=1");
  header.mutable_recorder()->add_options("--cgroup=/customer");
  header.mutable_workload()->add_argv("/srv/customer/bin/server");
  header.mutable_workload()->set_filter("cgroup /customer");
  header.add_hash_tables()->set_address(0xffff888100000000);
  const auto redacted = Redaction(Redacted::kAll).applied(header);
  const std::string bytes = redacted.SerializeAsString();
  for (const char* told : {"db7", "b00t", "UUID", "customer"}) EXPECT_EQ(bytes.find(told), std::string::npos) << told;
  EXPECT_EQ(redacted.hash_tables(0).address(), 0U);
  EXPECT_EQ(Redaction(Redacted::kNothing).applied(header).SerializeAsString(), header.SerializeAsString());
}

TEST(RedactionTest, GivesPseudonymsThatHoldWithinATraceOnly) {
  trace::v1::Dictionary dictionary;
  for (int i = 0; i < 2; ++i) dictionary.add_threads()->set_comm("nginx");
  dictionary.add_threads()->set_comm("redis");
  dictionary.add_locks()->set_address(0xffff888100000000);
  dictionary.mutable_locks(0)->set_addresses("10.0.0.1:443 10.0.0.2:5000");
  dictionary.add_locks();
  trace::v1::Dictionary other = dictionary;
  const Redaction redaction(Redacted::kAll);
  redaction.apply(dictionary);
  Redaction(Redacted::kAll).apply(other);
  EXPECT_EQ(dictionary.threads(0).comm(), dictionary.threads(1).comm());
  EXPECT_NE(dictionary.threads(0).comm(), dictionary.threads(2).comm());
  EXPECT_NE(dictionary.threads(0).comm(), other.threads(0).comm()) << "two traces can't be linked";
  EXPECT_NE(dictionary.locks(0).address(), 0xffff888100000000);
  EXPECT_TRUE(dictionary.locks(0).addresses().empty());
  EXPECT_EQ(dictionary.locks(1).address(), 0U) << "none stays none";
}

TEST(RedactionTest, OthersThanRootLearnNoAddressAndAllElse) {
  trace::v1::Header header;
  header.mutable_host()->set_name("db7.example");
  header.add_hash_tables()->set_address(0xffff888100000000);
  trace::v1::Dictionary dictionary;
  dictionary.add_functions()->set_symbol("[0xffffffffc0123456]");
  dictionary.add_functions()->set_symbol("tcp_v4_rcv");
  dictionary.add_threads()->set_comm("nginx");
  dictionary.add_locks()->set_address(0xffff888100000000);
  dictionary.mutable_locks(0)->set_object(0xffff888100000040);
  dictionary.mutable_locks(0)->set_addresses("10.0.0.1:443 10.0.0.2:5000");
  const Redaction redaction(Redacted::kAddresses);
  const auto applied = redaction.applied(header);
  redaction.apply(dictionary);
  EXPECT_EQ(applied.host().name(), "db7.example");
  EXPECT_EQ(applied.hash_tables(0).address(), 0U);
  EXPECT_EQ(dictionary.functions(0).symbol(), "[unnamed]");
  EXPECT_EQ(dictionary.functions(1).symbol(), "tcp_v4_rcv");
  EXPECT_EQ(dictionary.threads(0).comm(), "nginx");
  EXPECT_NE(dictionary.locks(0).address(), 0xffff888100000000);
  EXPECT_NE(dictionary.locks(0).object(), 0xffff888100000040);
  EXPECT_EQ(dictionary.locks(0).addresses(), "10.0.0.1:443 10.0.0.2:5000") << "the network's, which were asked for";
}

}  // namespace
}  // namespace socklock::collector
