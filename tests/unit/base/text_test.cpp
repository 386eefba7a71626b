// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/text.h"

#include <gtest/gtest.h>

namespace socklock {
namespace {

TEST(Printable, ControlCharactersAndBrokenUtf8BecomeQuestionMarks) {
  EXPECT_EQ(printable("tcp.sock µs"), "tcp.sock µs");
  EXPECT_EQ(printable("a\033[31mb"), "a?[31mb");
  EXPECT_EQ(printable("a\nb\tc"), "a?b?c");
  EXPECT_EQ(printable("a\xff\x62"), "a?b");
  EXPECT_EQ(printable(std::string("a\0b", 3)), "a?b");
}

TEST(Wrapped, BreaksAtBlanksAndIndents) {
  const std::string text = wrapped(std::string(30, 'a') + " " + std::string(60, 'b'), "    ", "note: ");
  EXPECT_EQ(text, "note: " + std::string(30, 'a') + "\n    " + std::string(60, 'b') + "\n");
}

TEST(Wrapped, IsPrintableWithoutTheCallersHelp) {
  EXPECT_EQ(wrapped("a\033[31mred b\xc2\x9b", "", "\033]0;note: "), "?]0;note: a?[31mred b??\n");
}

TEST(Wrapped, ANumberKeepsItsUnit) { EXPECT_EQ(wrapped("wait 3.41 ms", "", "", 9), "wait\n3.41 ms\n"); }

TEST(CsvCell, NothingLeavesItsCell) {
  EXPECT_EQ(csv_cell("a,\"b\"\r\n"), "\"a,\"\"b\"\"??\"");
  EXPECT_EQ(csv_cell("=cmd|' /C calc'!A0"), "\"'=cmd|' /C calc'!A0\"");
}

TEST(Cut, CountsCharactersAndNotBytes) {
  EXPECT_EQ(cut("µµµµ", 4), "µµµµ");
  EXPECT_EQ(cut("µµµµµ", 4), "µµµ…");
}

}  // namespace
}  // namespace socklock
