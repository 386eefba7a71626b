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

TEST(PrintableJson, EscapesWhatATerminalWouldObey) {
  EXPECT_EQ(printable_json("{\n  \"µ\": \"\u202e\u009b31m\x7f\ufeff\"\n}"),
            "{\n  \"µ\": \"\\u202e\\u009b31m\\u007f\\ufeff\"\n}");
  EXPECT_EQ(printable_json("\"\U000E0041\U0001F600\""), "\"\\udb40\\udc41\U0001F600\"");
  EXPECT_EQ(printable_json("\"\xff\""), "\"?\"");
}

TEST(Wrapped, BreaksAtBlanksAndIndents) {
  const std::string text = wrapped(std::string(30, 'a') + " " + std::string(60, 'b'), "    ", "note: ");
  EXPECT_EQ(text, "note: " + std::string(30, 'a') + "\n    " + std::string(60, 'b') + "\n");
}

TEST(Wrapped, BreaksWordsThatFitIntoNoLine) {
  EXPECT_EQ(wrapped("ab cdefghij k", "  ", "", 5), "ab\n  cde\n  fgh\n  ij\n  k\n");
  EXPECT_EQ(wrapped("äöüßäöü", "", "", 4), "äöüß\näöü\n");
  EXPECT_EQ(wrapped("word", "", "a beginning: ", 4), "a beginning: \nword\n");
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
