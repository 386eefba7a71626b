// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/text_table.h"

#include <gtest/gtest.h>

#include <sstream>

namespace socklock {
namespace {

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

// Cut off, "waits for a bucket's lock, per c~" says neither what nor per what.
TEST(TextTable, LongTitlesGoOverSeveralLines) {
  TextTable table({{"waits for the owner, per connection", TextTable::Align::kLeft}, {std::string(50, 'b')}});
  table.add({"setup", "1"});
  const std::string text = table.text(72);
  EXPECT_EQ(text.find('~'), std::string::npos) << text;
  std::string words;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 72U) << line;
    words += line.substr(0, 20) + " ";
  }
  for (const char* word : {"waits", "for", "the", "owner,", "per", "connection", "setup"})
    EXPECT_NE(words.find(word), std::string::npos) << word << " in\n" << text;
}

}  // namespace
}  // namespace socklock
