// SPDX-License-Identifier: GPL-2.0-or-later
#include "proto/header_end.h"

#include <gtest/gtest.h>

#include "proto/trace_writer.h"
#include "tests/unit/proto/trace_fixtures.h"

namespace socklock::trace {
namespace {

v1::Header begun() {
  v1::Header header;
  header.set_label("before");
  header.mutable_host()->set_name("host");
  for (const char* name : {"contention_begin", "contention_end", "sched_switch"})
    header.mutable_recorder()->add_probes()->set_name(name);
  header.add_hash_tables()->set_name("ehash");
  return header;
}

v1::Header ended() {
  v1::Header header = begun();
  header.mutable_workload()->set_finished(true);
  header.mutable_workload()->set_exit_status(-3);
  header.mutable_recorder()->mutable_probes(1)->set_run_count(77);
  header.mutable_recorder()->mutable_probes(2)->set_recursion_misses(1);
  header.add_hash_tables()->set_name("bhash");
  return header;
}

// What is in a trace that was written with `begin` and, in its footer, `end`.
v1::Footer written(const v1::Header& begin, const v1::Header& end) {
  const testing::TemporaryFolder folder;
  auto writer = TraceWriter::create(folder.file("a.slk"), true);
  EXPECT_TRUE(writer && writer->write(begin));
  v1::Footer footer;
  *footer.mutable_header() = end;
  EXPECT_TRUE(writer->finish(std::move(footer)));
  return TraceReader::open(folder.file("a.slk"))->footer().value();
}

TEST(HeaderEnd, OfATraceTheHeaderIsThereOnceAndItsEndBesides) {
  const v1::Footer footer = written(begun(), ended());
  EXPECT_FALSE(footer.has_header());
  EXPECT_LT(footer.header_end().ByteSizeLong(), 40U);
  EXPECT_EQ(header_at_end(begun(), footer).SerializeAsString(), ended().SerializeAsString());
}

TEST(HeaderEnd, WhatItCantSayIsAWholeHeader) {
  v1::Header renamed = ended(), fewer = ended();
  renamed.set_label("after");
  fewer.mutable_recorder()->mutable_probes()->RemoveLast();
  for (const v1::Header& end : {renamed, fewer}) {
    const v1::Footer footer = written(begun(), end);
    EXPECT_FALSE(footer.has_header_end());
    EXPECT_EQ(header_at_end(begun(), footer).SerializeAsString(), end.SerializeAsString());
  }
}

// As in traces of version 1.0, and in imported ones.
TEST(HeaderEnd, AHeaderThatChangedInNothingIsComplete) {
  EXPECT_EQ(header_at_end(begun(), written(begun(), begun())).SerializeAsString(), begun().SerializeAsString());
  v1::Footer old;
  *old.mutable_header() = ended();
  EXPECT_EQ(header_at_end(begun(), old).SerializeAsString(), ended().SerializeAsString());
}

// It is input: nothing that it counts needs to be there.
TEST(HeaderEnd, CountsOfProbesThatAreNotThereAreNothing) {
  v1::Footer footer;
  for (int i = 0; i < 9; ++i) footer.mutable_header_end()->add_run_counts(5);
  EXPECT_EQ(header_at_end(begun(), footer).recorder().probes_size(), 3);
  EXPECT_EQ(header_at_end(v1::Header(), footer).recorder().probes_size(), 0);
}

}  // namespace
}  // namespace socklock::trace
