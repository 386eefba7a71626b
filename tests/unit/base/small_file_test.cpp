// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/small_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace socklock {
namespace {

namespace fs = std::filesystem;

class SmallFileTest : public testing::Test {
 protected:
  SmallFileTest() {
    std::string pattern = testing::TempDir() + "small-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~SmallFileTest() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name) const { return (folder_ / name).string(); }
  void put(const std::string& name, const std::string& text) const { std::ofstream(path(name)) << text; }
  [[nodiscard]] std::string why_not(const std::string& name, const SmallFileOptions& options) const {
    const auto file = read_small_file(path(name), options);
    return file ? "read" : file.error().message();
  }

  fs::path folder_;
};

TEST_F(SmallFileTest, IsReadAsAWholeUpToTheBound) {
  const std::string text(100'000, 'x');
  put("f", text);
  chmod(path("f").c_str(), 0640);
  const auto file = read_small_file(path("f"), {.most_bytes = text.size()});
  ASSERT_TRUE(file);
  EXPECT_EQ(file->text, text);
  EXPECT_EQ(file->mode, 0640U);
  EXPECT_EQ(why_not("f", {.most_bytes = text.size() - 1}), "it is larger than 97.7 KiB: '" + path("f") + "'");
  put("empty", "");
  EXPECT_EQ(read_small_file(path("empty"), {.most_bytes = 0})->text, "");
  EXPECT_EQ(why_not("none", {.most_bytes = 1}), "cannot read: No such file or directory: '" + path("none") + "'");
  EXPECT_EQ(why_not("", {.most_bytes = 1}), "cannot read: Is a directory: '" + path("") + "'");
}

TEST_F(SmallFileTest, WhatNeverEndsIsRefused) {
  const auto file = read_small_file("/dev/zero", {.most_bytes = 4096});
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().what, "it is larger than 4.00 KiB");
}

TEST_F(SmallFileTest, AUsersPipeIsReadAndAStrangersIsNotWaitedFor) {
  ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
  EXPECT_EQ(why_not("pipe", {.most_bytes = 10, .is_regular = true}), "not a regular file: '" + path("pipe") + "'");
  ASSERT_EQ(std::system(("echo text >" + path("pipe") + " &").c_str()), 0);
  EXPECT_EQ(read_small_file(path("pipe"), {.most_bytes = 10})->text, "text\n");
}

TEST_F(SmallFileTest, ALinkIsFollowedWhereThatIsWanted) {
  put("f", "text");
  fs::create_symlink("f", path("link"));
  EXPECT_EQ(read_small_file(path("link"), {.most_bytes = 10})->text, "text");
  EXPECT_EQ(why_not("link", {.most_bytes = 10, .follows_links = false}),
            "cannot read: Too many levels of symbolic links: '" + path("link") + "'");
}

}  // namespace
}  // namespace socklock
