// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/atomic_file.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include <gtest/gtest.h>

namespace socklock {
namespace {

namespace fs = std::filesystem;

class AtomicFileTest : public testing::Test {
 protected:
  AtomicFileTest() {
    std::string pattern = testing::TempDir() + "atomic-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~AtomicFileTest() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }
  void put(const std::string& name, const std::string& text) const { std::ofstream(path(name)) << text; }
  [[nodiscard]] std::string text(const std::string& name) const {
    std::ifstream file(path(name));
    return {std::istreambuf_iterator<char>(file), {}};
  }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_)) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }

  fs::path folder_;
};

using Names = std::vector<std::string>;

TEST_F(AtomicFileTest, IsThereAsAWhole) {
  auto file = AtomicFile::create(path("f"));
  ASSERT_TRUE(file && file->write("text"));
  EXPECT_FALSE(fs::exists(path("f")));
  ASSERT_TRUE(file->commit());
  EXPECT_EQ(text("f"), "text");
  EXPECT_EQ(names(), Names{"f"});
}

TEST_F(AtomicFileTest, WhatIsNotCommittedLeavesNothingAndChangesNothing) {
  put("f", "old");
  {
    auto file = AtomicFile::create(path("f"), {.replaces = true});
    ASSERT_TRUE(file && file->write("half"));
  }
  EXPECT_EQ(text("f"), "old");
  EXPECT_EQ(names(), Names{"f"});
}

TEST_F(AtomicFileTest, ReplacesOnlyWhereItIsToldTo) {
  put("f", "old");
  const auto refused = write_file(path("f"), "new", {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().exit_code, ExitCode::kUsage);
  EXPECT_EQ(text("f"), "old");
  ASSERT_TRUE(write_file(path("f"), "new", {.replaces = true}));
  EXPECT_EQ(text("f"), "new");
}

TEST_F(AtomicFileTest, DoesNotReplaceWhatCameMeanwhile) {
  auto file = AtomicFile::create(path("f"));
  ASSERT_TRUE(file);
  put("f", "somebody else's");
  EXPECT_FALSE(file->commit());
  EXPECT_EQ(text("f"), "somebody else's");
}

TEST_F(AtomicFileTest, WritesThroughNoLink) {
  put("victim", "precious");
  fs::create_symlink("victim", path("f"));
  fs::create_symlink("victim", path("f.new"));
  EXPECT_FALSE(write_file(path("f"), "new", {}));
  ASSERT_TRUE(write_file(path("f"), "new", {.replaces = true}));
  EXPECT_EQ(text("victim"), "precious");
  EXPECT_EQ(text("f"), "new");
  EXPECT_FALSE(fs::is_symlink(path("f")));
  EXPECT_TRUE(fs::is_symlink(path("f.new")));
}

TEST_F(AtomicFileTest, LeavesAloneWhatIsNoRegularFile) {
  ASSERT_EQ(mkfifo(path("fifo").c_str(), 0600), 0);
  fs::create_directory(path("folder"));
  for (const char* name : {"fifo", "folder"}) {
    const auto refused = write_file(path(name), "new", {.replaces = true});
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().exit_code, ExitCode::kUsage);
  }
  EXPECT_EQ(names(), (Names{"fifo", "folder"}));
}

TEST_F(AtomicFileTest, KeepsTheModeOfWhatItReplaces) {
  put("f", "old");
  ASSERT_EQ(chmod(path("f").c_str(), 0640), 0);
  ASSERT_TRUE(write_file(path("f"), "new", {.replaces = true, .mode = 0600}));
  struct stat there {};
  ASSERT_EQ(stat(path("f").c_str(), &there), 0);
  EXPECT_EQ(there.st_mode & 0777, 0640U);
}

TEST_F(AtomicFileTest, TakesTheLongestName) {
  const std::string longest(255, 'n');
  ASSERT_TRUE(write_file(path(longest), "text", {}));
  EXPECT_EQ(text(longest), "text");
}

TEST_F(AtomicFileTest, SaysWhyItCannotBeMade) {
  const auto refused = AtomicFile::create(path("no/such/folder"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(), "cannot write: No such file or directory: '" + path("no/such/folder") + "'");
}

TEST_F(AtomicFileTest, AFileThatGrowsIsMadeAnewOnly) {
  put("f", "old");
  fs::create_symlink("elsewhere", path("link"));
  EXPECT_FALSE(AtomicFile::create(path("f")));
  EXPECT_FALSE(AtomicFile::create(path("link")));
  EXPECT_FALSE(fs::exists(path("elsewhere")));
  auto file = AtomicFile::create(path("new"));
  ASSERT_TRUE(file && file->write("first"));
  const auto fd = file->commit_open(path("new"));
  ASSERT_TRUE(fd);
  EXPECT_EQ(text("new"), "first");
  EXPECT_EQ(::write(*fd, ", then", 6), 6);
  close(*fd);
  EXPECT_EQ(text("new"), "first, then");
  EXPECT_EQ(text("f"), "old");
}

// By what has no name, and by what libraries open by its name.
TEST_F(AtomicFileTest, HasANameBeforeItsTimeOnlyWhereItIsWanted) {
  for (const bool replaces : {false, true}) {
    auto unnamed = AtomicFile::create(path("f"), {.replaces = replaces});
    ASSERT_TRUE(unnamed && unnamed->write("text"));
    EXPECT_EQ(names(), Names{});
    auto named = AtomicFile::create(path("f"), {.replaces = replaces, .is_named = true});
    ASSERT_TRUE(named && named->write("named"));
    EXPECT_TRUE(fs::exists(named->temporary_path()));
    ASSERT_TRUE(named->commit());
    EXPECT_EQ(text("f"), "named");
    EXPECT_EQ(names(), Names{"f"});
    EXPECT_EQ(unnamed->commit().has_value(), replaces);
    EXPECT_EQ(text("f"), replaces ? "text" : "named");
    EXPECT_EQ(names(), Names{"f"});
    fs::remove(path("f"));
  }
}

TEST_F(AtomicFileTest, BelongsToWhoeverUsedSudo) {
  if (geteuid() != 0) GTEST_SKIP() << "only root gives files away";
  setenv("SUDO_UID", "1234", 1);
  setenv("SUDO_GID", "4321", 1);
  EXPECT_TRUE(write_file(path("f"), "text", {}));
  EXPECT_TRUE(make_folder(path("a/b")));
  EXPECT_TRUE(write_file(path("g"), "text", {.mode = 0600, .is_named = true}));
  unsetenv("SUDO_UID");
  unsetenv("SUDO_GID");
  for (const char* name : {"f", "g", "a", "a/b"}) {
    struct stat there {};
    ASSERT_EQ(stat(path(name).c_str(), &there), 0) << name;
    EXPECT_EQ(there.st_uid, 1234U) << name;
    EXPECT_EQ(there.st_gid, 4321U) << name;
  }
}

TEST_F(AtomicFileTest, ASignalRemovesWhatIsNotCommitted) {
  const pid_t child = fork();
  if (child == 0) {
    remove_unfinished_files_on_signals();
    auto file = AtomicFile::create(path("f"), {.is_named = true});
    if (file) raise(SIGTERM);
    _exit(1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
  EXPECT_EQ(names(), Names{});
}

}  // namespace
}  // namespace socklock
