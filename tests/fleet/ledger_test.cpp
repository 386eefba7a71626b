// SPDX-License-Identifier: GPL-2.0-or-later
// The ledger's files are the shipper's own: whatever somebody else put in their places is refused, and left as it is.
#include "fleet/ledger.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/fleet/fleet_world.h"

namespace socklock::fleet {
namespace {

namespace fs = std::filesystem;
using testing::Folder;

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Ledger, KeepsWhatWasNotedAndCutsATornLine) {
  const Folder folder;
  const SeenTrace sent{"a b.slk", 17, "run"}, refused{"c.slk", 18, ""};
  {
    auto ledger = Ledger::open(folder.path());
    ASSERT_TRUE(ledger && ledger->note_shipped(sent) && ledger->note_refused(refused, "reason"));
  }
  std::ofstream(folder.file("shipped"), std::ios::app) << "run 19 torn.s";
  auto ledger = Ledger::open(folder.path());
  ASSERT_TRUE(ledger);
  EXPECT_TRUE(ledger->is_done(sent) && ledger->is_refused(refused));
  EXPECT_FALSE(ledger->is_done({"torn.s", 19, "run"}));
  EXPECT_EQ(text_of(folder.file("shipped")), "run 17 a%20b.slk\n");
}

// Of each file: a link to what is another's, and a pipe, which is not waited for.
TEST(Ledger, RefusesWhatIsNotItsOwn) {
  for (const char* name : {"lock", "shipped", "refused", "waiting"}) {
    const Folder folder;
    std::ofstream(folder.file("victim")) << "a line\nand one that does not end";
    fs::create_directory(folder.file("state"));
    fs::create_symlink("../victim", folder.file("state/") + name);
    const auto linked = Ledger::open(folder.file("state"));
    ASSERT_FALSE(linked) << name;
    EXPECT_NE(linked.error().message().find(name), std::string::npos) << linked.error().message();
    EXPECT_EQ(text_of(folder.file("victim")), "a line\nand one that does not end") << name;
    fs::remove(folder.file("state/") + name);
    ASSERT_EQ(mkfifo((folder.file("state/") + name).c_str(), 0600), 0);
    EXPECT_FALSE(Ledger::open(folder.file("state"))) << name;
  }
}

// No file may be larger: a write then fails in the middle, as one does without room.
TEST(Ledger, AFullDiskLeavesWholeLines) {
  const Folder folder;
  auto ledger = Ledger::open(folder.path());
  const SeenTrace first{"a.slk", 17, "run"}, second{"b.slk", 18, "run"};
  ASSERT_TRUE(ledger && ledger->note_shipped(first));
  const std::string before = text_of(folder.file("shipped"));
  signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &limit), 0);
  const rlimit little{before.size() + 5, limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &little), 0);
  const auto noted = ledger->note_shipped(second);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  ASSERT_FALSE(noted);
  EXPECT_NE(noted.error().message().find("shipped"), std::string::npos) << noted.error().message();
  EXPECT_EQ(text_of(folder.file("shipped")), before);
  EXPECT_FALSE(ledger->is_done(second));
  EXPECT_TRUE(ledger->note_shipped(second));
}

}  // namespace
}  // namespace socklock::fleet
