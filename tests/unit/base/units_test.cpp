// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/units.h"

#include <gtest/gtest.h>

namespace socklock {
namespace {

TEST(Units, TimesTakeTheUnitOfTheirSize) {
  EXPECT_EQ(format_ns(0), "0 ns");
  EXPECT_EQ(format_ns(850), "850 ns");
  EXPECT_EQ(format_ns(0.18), "0.18 ns");
  EXPECT_EQ(format_ns(0.0034), "0.0034 ns");  // of packets, say: not 0.00
  EXPECT_EQ(format_ns(-0.0034), "-0.0034 ns");
  EXPECT_EQ(format_ns(12'400), "12.4 µs");
  EXPECT_EQ(format_ns(3.1e9), "3.10 s");
}

TEST(Units, BytesTakeTheUnitOfTheirSize) {
  EXPECT_EQ(format_bytes(512), "512 B");
  EXPECT_EQ(format_bytes(3482), "3.40 KiB");
  EXPECT_EQ(format_bytes(3ULL << 30), "3.00 GiB");
}

TEST(Units, CountsAreGroupedByThousands) {
  EXPECT_EQ(format_count(7), "7");
  EXPECT_EQ(format_count(12345678), "12,345,678");
  EXPECT_EQ(format_count(-1000), "-1,000");
  EXPECT_EQ(format_count(0.25), "0.25");
}

TEST(Units, NumbersKeepTheirSignificantDigits) {
  EXPECT_EQ(format_number(0.012345, 3), "0.0123");
  EXPECT_EQ(format_number(1.25, 2), "1.2");
  EXPECT_EQ(format_number(863, 2), "863");
  EXPECT_EQ(format_number(1240.4, 3), "1,240");
  EXPECT_EQ(format_number(0, 2), "0");
}

TEST(Units, SharesHaveOneStyle) {
  EXPECT_EQ(format_percent(1), "100%");
  EXPECT_EQ(format_percent(0.993), "99.3%");
  EXPECT_EQ(format_percent(0.95), "95%");
  EXPECT_EQ(format_percent(0), "0%");
  EXPECT_EQ(format_percent(0.00063), "0.063%");
  EXPECT_EQ(format_percent(1e-9), "<0.001%");
}

TEST(Units, ARatioIsPrintedAsItsDelta) {
  EXPECT_EQ(format_ratio_as_percent(2.29), "+129%");
  EXPECT_EQ(format_ratio_as_percent(0.5), "-50%");
  EXPECT_EQ(format_ratio_as_percent(9768.37), "+976,737%");
  EXPECT_EQ(format_ratio_as_percent(1.014), "+1.4%");
  // Never all where something is left.
  EXPECT_EQ(format_ratio_as_percent(0.00207), "-99.8%");
  EXPECT_EQ(format_ratio_as_percent(0.0004), "-99.96%");
  EXPECT_EQ(format_ratio_as_percent(1e-9), "-99.99%");
  EXPECT_EQ(format_ratio_as_percent(0), "-100%");
}

}  // namespace
}  // namespace socklock
