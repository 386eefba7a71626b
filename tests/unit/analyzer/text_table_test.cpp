// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/render/text_table.h"

#include <gtest/gtest.h>

#include <sstream>

namespace socklock::analyzer {
namespace {

TEST(Printable, ControlCharactersAndBrokenUtf8BecomeQuestionMarks) {
  EXPECT_EQ(printable("tcp.sock µs"), "tcp.sock µs");
  EXPECT_EQ(printable("a\033[31mb"), "a?[31mb");
  EXPECT_EQ(printable("a\nb\tc"), "a?b?c");
  EXPECT_EQ(printable("a\xff\x62"), "a?b");
  EXPECT_EQ(printable(std::string("a\0b", 3)), "a?b");
}

TEST(TextTable, ColumnsLineUpAndLongNamesGiveWay) {
  TextTable table({{"class", TextTable::Align::kLeft}, {"wait"}});
  table.add({"tcp.sock", "1 µs"});
  table.add({std::string(200, 'x'), "100 µs"});
  std::istringstream lines(table.text());
  std::size_t rows = 0;
  for (std::string line; std::getline(lines, line); ++rows) {
    std::size_t characters = 0;
    for (const char c : line) characters += (static_cast<unsigned char>(c) & 0xc0U) != 0x80U ? 1U : 0U;
    EXPECT_LE(characters, kTextColumns) << line;
  }
  EXPECT_GE(rows, 3U);
}

TEST(Wrapped, BreaksAtBlanksAndIndents) {
  const std::string text = wrapped(std::string(30, 'a') + " " + std::string(60, 'b'), "    ", "note: ");
  EXPECT_EQ(text, "note: " + std::string(30, 'a') + "\n    " + std::string(60, 'b') + "\n");
}

}  // namespace
}  // namespace socklock::analyzer
