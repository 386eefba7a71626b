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

}  // namespace
}  // namespace socklock
