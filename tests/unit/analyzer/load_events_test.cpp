// SPDX-License-Identifier: GPL-2.0-or-later
// Single waits, and what is known of each.
#include "analyzer/label/load_events.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "analyzer/label/labelled_run.h"
#include "tests/unit/analyzer/trace_maker.h"

namespace socklock::analyzer {
namespace {

using testing::Folder;
using testing::TraceMaker;

// Locks that only call stacks tell the class of, and waits of them without a stack, as sampling leaves most.
TEST(LoadEvents, AWaitWithoutAStackHasTheClassThatItsLocksOthersAgreeOn) {
  TraceMaker maker;
  const auto receive = maker.stack({"mutex_lock", "unix_stream_read_generic", "unix_stream_recvmsg", "__sys_recvfrom"});
  const auto route = maker.stack({"mutex_lock", "rtnl_lock", "rtnetlink_rcv_msg", "__sys_sendto"});
  const auto agreed = maker.lock({}), reused = maker.lock({}), unseen = maker.lock({});
  maker.add({.waits = {{agreed, receive, {100}, 33},
                       {agreed, 0, {200}, 33},
                       {reused, receive, {300}, 33},
                       {reused, route, {400}, 33},
                       {reused, 0, {500}, 33},
                       {unseen, 0, {600}, 33},
                       {0, receive, {700}, 33},
                       {0, 0, {800}, 33}}});
  const Folder folder;
  maker.write(folder.file("a.slk"));
  const auto events = load_events(folder.file("a.slk"), Taxonomy::built_in());
  ASSERT_TRUE(events) << events.error().message();
  ASSERT_EQ(events->size(), 8U);
  std::map<std::uint64_t, ClassId> class_of;  // by how long it was
  for (std::size_t i = 0; i < events->size(); ++i) class_of[events->wait_ns[i]] = events->labels_of(i).lock_class;
  ASSERT_NE(class_of[100], kUnclassified);
  ASSERT_NE(class_of[400], kUnclassified);
  ASSERT_NE(class_of[300], class_of[400]);
  EXPECT_EQ(class_of[200], class_of[100]);
  EXPECT_EQ(class_of[500], kUnclassified);  // memory that was two locks
  EXPECT_EQ(class_of[600], kUnclassified);
  EXPECT_EQ(class_of[700], class_of[100]);
  EXPECT_EQ(class_of[800], kUnclassified);  // of no lock that is known: not that of others
}

}  // namespace
}  // namespace socklock::analyzer
