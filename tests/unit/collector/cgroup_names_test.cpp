// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/resolve/cgroup_names.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <vector>

namespace socklock::collector {
namespace {

void put(socklock_cgroup& entry, std::uint64_t id, std::uint64_t parent, const char* name) {
  entry.id = id;
  entry.parent = parent;
  std::snprintf(entry.name, sizeof entry.name, "%s", name);
  entry.complete = 1;
}

TEST(CgroupNames, PutsPathsTogetherFromTheRootOn) {
  std::vector<socklock_cgroup> table(8);
  CgroupNames names;
  put(table[3], 30, 20, "nginx.service");
  put(table[1], 20, 1, "system.slice");
  names.take(table);
  EXPECT_EQ(names.path(30), "") << "its root is not known yet";
  put(table[2], 1, 0, "");
  names.take(table);
  EXPECT_EQ(names.path(30), "/system.slice/nginx.service");
  EXPECT_EQ(names.path(1), "/");
  EXPECT_EQ(names.path(77), "");
}

TEST(CgroupNames, MakesRoomAndRemembers) {
  std::vector<socklock_cgroup> table(8);
  CgroupNames names;
  put(table[0], 1, 0, "");
  put(table[1], 2, 1, "a");
  put(table[2], 3, 2, "b");
  table[3].id = 4;  // being written by a program
  names.take(table);
  EXPECT_EQ(names.path(3), "/a/b");
  for (const std::size_t i : {0U, 1U, 2U}) EXPECT_EQ(table[i].id, 0U);
  EXPECT_EQ(table[3].id, 4U);
}

TEST(CgroupNames, DoesNotFollowParentsInACircle) {
  std::vector<socklock_cgroup> table(8);
  put(table[0], 1, 2, "a");
  put(table[1], 2, 1, "b");
  CgroupNames names;
  names.take(table);
  EXPECT_EQ(names.path(1), "");
}

}  // namespace
}  // namespace socklock::collector
