// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/resolve/lock_facts.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "tests/support/temporary_folder.h"
#include "tests/unit/collector/kernel_words.h"

namespace socklock::collector {
namespace {

using testing::WrittenKernel;
namespace fs = std::filesystem;

class LockFactsTest : public ::testing::Test {
 protected:
  // What the kernel of this host lays its tables out like, with 4 buckets each.
  static socklock_hash_tables tables(std::uint64_t netns, std::uint64_t base) {
    socklock_hash_tables tables{};
    tables.hashinfo = base;
    tables.netns_inode = netns;
    tables.ehash_locks = base + 0x1000;
    tables.ehash_locks_count = 4;
    tables.ehash_lock_bytes = 4;
    tables.bhash = base + 0x2000;
    tables.bhash2 = base + 0x3000;
    tables.bhash_count = 4;
    tables.bhash_bytes = 16;
    return tables;
  }
  trace::v1::Lock resolve(const LockKey& key) {
    google::protobuf::RepeatedPtrField<trace::v1::Lock> added;
    facts_.resolve({key}, {}, &added);
    return added.empty() ? trace::v1::Lock{} : added[0];
  }

  WrittenKernel kernel_{{0x2000, 0x100, "tasklist_lock", ""}};
  Kallsyms symbols_ = kernel_.symbols_of();
  LockFacts facts_{symbols_, nullptr, std::vector<std::uint32_t>{}};
};

TEST_F(LockFactsTest, KnowsBucketsOfTables) {
  facts_.add_tables(tables(77, 0x100000));
  const auto ehash = resolve({0x101008, false});
  EXPECT_EQ(ehash.kind(), trace::v1::LOCK_FACT_TABLE);
  EXPECT_EQ(ehash.table(), "ehash");
  EXPECT_EQ(ehash.index(), 2U);
  EXPECT_EQ(ehash.netns_inode(), 77U);
  EXPECT_EQ(facts_.group({0x101008, false}), "ehash");
  const auto bhash = resolve({0x10203f, false});
  EXPECT_EQ(bhash.table(), "bhash");
  EXPECT_EQ(bhash.index(), 3U);
  EXPECT_EQ(resolve({0x102040, false}).kind(), trace::v1::LOCK_FACT_UNRESOLVED) << "behind the last bucket";
}

TEST_F(LockFactsTest, TakesEachNamespacesTablesOnceAndUnfinishedOnesNever) {
  facts_.add_tables(tables(0, 0x300000));
  EXPECT_TRUE(facts_.tables().empty());
  facts_.add_tables(tables(77, 0x100000));
  facts_.add_tables(tables(77, 0x100000));
  EXPECT_EQ(facts_.tables().size(), 3U) << "lhash2 has no address here";
  facts_.add_tables(tables(78, 0x200000));
  EXPECT_EQ(facts_.tables().size(), 6U);
  EXPECT_EQ(resolve({0x201000, false}).netns_inode(), 78U);
}

// A namespace's table is learnt when a connection of it changes its state, which may be after the first wait.
TEST_F(LockFactsTest, LooksUpAnewWhatTurnsOutToBeABucket) {
  const auto before = resolve({0x101008, false});
  EXPECT_EQ(before.kind(), trace::v1::LOCK_FACT_UNRESOLVED);
  facts_.add_tables(tables(77, 0x100000));
  const auto after = resolve({0x101008, false});
  EXPECT_EQ(after.kind(), trace::v1::LOCK_FACT_TABLE);
  EXPECT_NE(after.id(), before.id());
  EXPECT_EQ(facts_.group({0x101008, false}), "ehash");
}

// Numbers of ends are given anew in every interval; the network namespace stays.
TEST_F(LockFactsTest, SocketsKnowTheirNetworkNamespace) {
  const std::uint64_t inode = 4026532286;
  const std::uint64_t socket =
      (1ULL << SOCKLOCK_SOCKET_LOCK_SHIFT) | 443U | (inode - SOCKLOCK_FIRST_NETNS_INODE) << SOCKLOCK_SOCKET_NETNS_SHIFT;
  const auto lock = resolve({0x7000, false, socket});
  EXPECT_EQ(lock.netns_inode(), inode);
  EXPECT_EQ(lock.local_port(), 443U);
  EXPECT_EQ(resolve({0x7000, false, socket | 5ULL << SOCKLOCK_SOCKET_ENDS_SHIFT}).id(), 0U) << "nothing new to say";
  EXPECT_EQ(resolve({0x7004, false, 0}).netns_inode(), 0U);
}

TEST_F(LockFactsTest, NamesLocksOfTheKernelsImage) {
  const auto lock = resolve({0x2008, false});
  EXPECT_EQ(lock.kind(), trace::v1::LOCK_FACT_SYMBOL);
  EXPECT_EQ(lock.symbol(), "tasklist_lock");
  EXPECT_EQ(lock.offset_bytes(), 8U);
  EXPECT_EQ(facts_.group({0x2008, false}), "symbol");
}

TEST_F(LockFactsTest, DistinguishesASocketsOwnerFromItsSpinlock) {
  const auto lock = resolve({0x5000, false}), owner = resolve({0x5000, true});
  EXPECT_EQ(lock.kind(), trace::v1::LOCK_FACT_UNRESOLVED);
  EXPECT_EQ(owner.kind(), trace::v1::LOCK_FACT_OWNER);
  EXPECT_NE(lock.id(), owner.id());
  EXPECT_EQ(facts_.group({0x5000, true}), "socket_owner");
}

TEST_F(LockFactsTest, GivesAnIdOnce) {
  const auto first = resolve({0x5000, false});
  EXPECT_EQ(facts_.id({0x5000, false}), first.id());
  EXPECT_EQ(resolve({0x5000, false}).id(), 0U) << "nothing new to say";
  EXPECT_EQ(facts_.id({0x6000, false}), 0U);
  EXPECT_EQ(resolve({0, false}).id(), 0U) << "no lock";
}

TEST(SlabAliases, AreTheCachesThatShareOneFolder) {
  const socklock::testing::TemporaryFolder temporary;
  const fs::path folder = temporary.path();
  fs::create_directory(folder / ":A-0001152");
  for (const char* name : {"UDP", "sigqueue"}) fs::create_symlink(":A-0001152", folder / name);
  fs::create_directory(folder / "TCP");
  const auto aliases = read_slab_aliases(folder.string());
  EXPECT_EQ(aliases.at("UDP"), (std::vector<std::string>{"UDP", "sigqueue"}));
  EXPECT_EQ(aliases.at("TCP"), std::vector<std::string>{"TCP"});
  EXPECT_FALSE(aliases.contains(":A-0001152")) << "SLUB's own name of a group";
  fs::remove_all(folder);
  EXPECT_TRUE(read_slab_aliases(folder.string()).empty());
}

}  // namespace
}  // namespace socklock::collector
