// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/resolve/kallsyms.h"

#include <gtest/gtest.h>

#include "tests/unit/collector/kernel_words.h"

namespace socklock::collector {
namespace {

using testing::WrittenKernel;

TEST(ParseSymbol, TakesTheKernelsWordsApart) {
  const auto symbol = parse_symbol(0xffffffff81a3c512, "tcp_v4_rcv+0x12/0xc40");
  ASSERT_TRUE(symbol);
  EXPECT_EQ(symbol->name, "tcp_v4_rcv");
  EXPECT_EQ(symbol->module, "");
  EXPECT_EQ(symbol->address, 0xffffffff81a3c500);
  EXPECT_EQ(symbol->end_address, 0xffffffff81a3d140);
}

TEST(ParseSymbol, KnowsModulesAndKeepsCompilersSuffixes) {
  const auto symbol = parse_symbol(0xffffffffc0401020, "nf_hook.constprop.0+0x20/0x80 [nf_conntrack]");
  ASSERT_TRUE(symbol);
  EXPECT_EQ(symbol->name, "nf_hook.constprop.0");
  EXPECT_EQ(symbol->module, "nf_conntrack");
}

TEST(ParseSymbol, RefusesWhatIsNoSymbol) {
  for (const char* text : {"", "0xffffffff81000000", "tcp_v4_rcv", "tcp_v4_rcv+0x12", "+0x12/0x40", "f+12/0x40",
                           "f+0x12/0x", "f+0x12/0x40x", "f+0x40/0x40", "f+0x12/0x40 [module", "f+0xzz/0x40"})
    EXPECT_FALSE(parse_symbol(0xffffffff81000040, text)) << text;
  EXPECT_FALSE(parse_symbol(0x10, "f+0x12/0x40")) << "begins below 0";
}

TEST(KallsymsTest, AsksTheKernelOnceForAFunction) {
  WrittenKernel kernel{{0x1000, 0x100, "inet_put_port", ""}, {0x1100, 0x80, "bpf_prog_1_x", "bpf"}};
  const Kallsyms symbols = kernel.symbols_of();
  EXPECT_EQ(symbols.find(0x1010)->name, "inet_put_port");
  EXPECT_EQ(symbols.find(0x10ff)->name, "inet_put_port");
  EXPECT_EQ(kernel.questions, 1);
  EXPECT_FALSE(symbols.find(0x5000));
  EXPECT_FALSE(symbols.find(0x5000));
  EXPECT_EQ(kernel.questions, 2) << "what has no symbol is remembered, too";
  EXPECT_FALSE(symbols.find(0x1110)) << "programs compiled as they come change while we record";
  EXPECT_FALSE(symbols.find(0));
}

TEST(KallsymsTest, AsksForManyAtOnce) {
  WrittenKernel kernel{{0x1000, 0x100, "a", ""}, {0x1100, 0x100, "b", "m"}};
  const Kallsyms symbols = kernel.symbols_of();
  symbols.prefetch(std::vector<std::uint64_t>{0x1000, 0x1100, 0x9000});
  EXPECT_EQ(kernel.questions, 3);
  EXPECT_EQ(symbols.find(0x1001)->name, "a");
  EXPECT_EQ(symbols.find(0x1101)->module, "m");
  EXPECT_FALSE(symbols.find(0x9000));
  EXPECT_EQ(kernel.questions, 3);
}

TEST(KallsymsTest, FindsNamesUnlessTheKernelHidesAddresses) {
  WrittenKernel kernel{{0x1000, 0x100, "__lock_sock", ""}};
  const Kallsyms symbols = kernel.symbols_of();
  EXPECT_EQ(symbols.by_name("__lock_sock")->end_address, 0x1100U);
  EXPECT_FALSE(symbols.by_name("no_such_function"));
  EXPECT_FALSE(symbols.hides_addresses());
  kernel.hides_addresses = true;
  const Kallsyms hidden = kernel.symbols_of();
  EXPECT_FALSE(hidden.by_name("__lock_sock"));
  EXPECT_TRUE(hidden.hides_addresses());
  EXPECT_EQ(hidden.find(0x1000)->name, "__lock_sock") << "names of addresses are not hidden";
}

TEST(KallsymsTest, KnowsNothingWithoutAKernel) {
  const Kallsyms none;
  EXPECT_FALSE(none.knows_symbols());
  EXPECT_FALSE(none.find(0x1000));
  EXPECT_FALSE(none.by_name("__lock_sock"));
}

}  // namespace
}  // namespace socklock::collector
