// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/taxonomy/taxonomy.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "analyzer/taxonomy/pattern_set.h"
#include "tests/unit/analyzer/trace_maker.h"

namespace socklock::analyzer {
namespace {

TEST(PatternSet, NamesAndShellPatterns) {
  PatternSet set;
  EXPECT_TRUE(set.empty());
  set.add("tcp_v4_rcv");
  set.add("udp*_rcv");
  EXPECT_TRUE(set.matches("tcp_v4_rcv"));
  EXPECT_TRUE(set.matches("udpv6_rcv"));
  EXPECT_FALSE(set.matches("tcp_v4_rcv2"));
  EXPECT_FALSE(set.matches("xudp_rcv"));
  EXPECT_FALSE(set.empty());
}

TEST(WithoutCompilerSuffix, CutsWhatCompilersAppend) {
  EXPECT_EQ(without_compiler_suffix("tcp_ack"), "tcp_ack");
  EXPECT_EQ(without_compiler_suffix("tcp_ack.isra.0"), "tcp_ack");
  EXPECT_EQ(without_compiler_suffix("tcp_ack.constprop.0.isra.0"), "tcp_ack");
  EXPECT_EQ(without_compiler_suffix("tcp_ack.part.12"), "tcp_ack");
  EXPECT_EQ(without_compiler_suffix("tcp_ack.cold"), "tcp_ack");
  EXPECT_EQ(without_compiler_suffix("tcp_ack.llvm.123456"), "tcp_ack");
  EXPECT_EQ(without_compiler_suffix(""), "");
}

TEST(Taxonomy, BuiltInHasTheConnectionTablesAndDistinctNames) {
  const Taxonomy& taxonomy = Taxonomy::built_in();
  for (const auto& [name, role] : {std::pair{"tcp.ehash", Role::kConnectionTable},
                                   {"tcp.bhash", Role::kBindTable},
                                   {"tcp.bhash2", Role::kBindTable},
                                   {"tcp.lhash2", Role::kListener},
                                   {"tcp.sock", Role::kSocket},
                                   {"tcp.sock.owner", Role::kSocket},
                                   {"rq", Role::kScheduler}}) {
    const auto id = taxonomy.class_named(name);
    ASSERT_TRUE(id) << name;
    EXPECT_EQ(taxonomy.at(*id).role, role) << name;
  }
  std::set<std::string> names;
  for (const LockClass& lock_class : taxonomy.classes) EXPECT_TRUE(names.insert(lock_class.name).second);
}

TEST(Taxonomy, EveryPathAndRoleIsFoundByItsName) {
  for (std::size_t i = 0; i < kCallPaths; ++i)
    EXPECT_EQ(call_path_named(name_of(static_cast<CallPath>(i))), static_cast<CallPath>(i));
  for (std::size_t i = 0; i < kRoles; ++i) EXPECT_EQ(role_named(name_of(static_cast<Role>(i))), static_cast<Role>(i));
  EXPECT_FALSE(call_path_named("nowhere"));
  EXPECT_FALSE(role_named("nothing"));
}

struct Mistake {
  const char* text;
  const char* line;
  const char* what;
};

void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.what; }

class TaxonomyMistake : public ::testing::TestWithParam<Mistake> {};

TEST_P(TaxonomyMistake, IsNamedWithItsLine) {
  const auto taxonomy = Taxonomy::parse(GetParam().text, "my.taxonomy");
  ASSERT_FALSE(taxonomy);
  EXPECT_NE(taxonomy.error().message().find(GetParam().what), std::string::npos) << taxonomy.error().message();
  EXPECT_NE(taxonomy.error().where.find(std::string("my.taxonomy") + GetParam().line), std::string::npos)
      << taxonomy.error().where;
  EXPECT_EQ(taxonomy.error().exit_code, ExitCode::kBadInput);
}

INSTANTIATE_TEST_SUITE_P(
    All, TaxonomyMistake,
    ::testing::Values(Mistake{"", "", "begins with the line 'taxonomy 2'"},
                      Mistake{"# only a comment\nskip f\n", ":2", "begins with the line 'taxonomy 2'"},
                      Mistake{"taxonomy 3\n", ":1", "only 'taxonomy 1' and 'taxonomy 2'"},
                      Mistake{"taxonomy 1\nclas x socket\n", ":2", "unknown word 'clas'"},
                      Mistake{"taxonomy 1\nclass x\n", ":2", "a name and a role"},
                      Mistake{"taxonomy 1\nclass x sockett\n", ":2", "unknown role 'sockett'"},
                      Mistake{"taxonomy 1\nclass x socket\nclass x timer\n", ":3", "there already"},
                      Mistake{"taxonomy 1\n    table ehash\n", ":2", "none is open"},
                      Mistake{"taxonomy 1\nclass x socket\n    tabel ehash\n", ":3", "unknown rule 'tabel'"},
                      Mistake{"taxonomy 1\nclass x socket\n    slab TCP member\n", ":3", "'member' wants"},
                      Mistake{"taxonomy 1\nclass x socket\n    slab TCP under\n", ":3", "'under' wants"},
                      Mistake{"taxonomy 1\nclass x socket\n    table ehash member y\n", ":3", "only 'slab'"},
                      Mistake{"taxonomy 1\npath nowhere f\n", ":2", "unknown call path 'nowhere'"},
                      Mistake{"taxonomy 1\nsyscalls x86_64 send 44 x\n", ":2", "'x' is not the number"},
                      Mistake{"taxonomy 1\nskip\n", ":2", "wants something"}));

TEST(Member, IsTheWholePathOrItsEndComponentByComponent) {
  EXPECT_TRUE(is_member("lock", "lock"));
  EXPECT_FALSE(is_member("lock", "sk_receive_queue.lock"));
  EXPECT_TRUE(is_member("*.lock", "sk_receive_queue.lock"));
  EXPECT_TRUE(is_member("*.sk_lock.slock", "sk_lock.slock"));
  EXPECT_TRUE(is_member("*.sk_lock.slock", "inet_conn.icsk_inet.sk.sk_lock.slock"));
  EXPECT_FALSE(is_member("*.lock", "mmap_lock"));
  EXPECT_FALSE(is_member("*.wq.lock", "other_wq.lock"));
}

TEST(Taxonomy, Version1TakesEveryMemberForTheEndOfAPath) {
  for (const auto& [text, member] : {std::pair{"taxonomy 1\nclass x socket\n    slab TCP member lock\n", "*.lock"},
                                     {"taxonomy 2\nclass x socket\n    slab TCP member lock\n", "lock"}}) {
    const auto taxonomy = Taxonomy::parse(text, "my.taxonomy");
    ASSERT_TRUE(taxonomy);
    EXPECT_EQ(taxonomy->rules.front().members, std::vector<std::string>{member});
  }
}

TEST(Taxonomy, AFileThatIsNotThere) {
  const analyzer::testing::Folder folder;
  const auto taxonomy = Taxonomy::load(folder.file("none"));
  ASSERT_FALSE(taxonomy);
  EXPECT_NE(taxonomy.error().message().find("No such file"), std::string::npos);
}

TEST(Taxonomy, AFileTooLarge) {
  const analyzer::testing::Folder folder;
  std::ofstream(folder.file("large")) << std::string((1U << 20) + 1, '#');
  const auto taxonomy = Taxonomy::load(folder.file("large"));
  ASSERT_FALSE(taxonomy);
  EXPECT_NE(taxonomy.error().message().find("larger than 1.00 MiB"), std::string::npos);
}

}  // namespace
}  // namespace socklock::analyzer
