// SPDX-License-Identifier: GPL-2.0-or-later
// The list of importers: each is found by its texts, documented, and tells what it can't read from what is not there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iterator>
#include <set>

#include "import/aggregate_row.h"
#include "import/gzip_input.h"
#include "import/trace_builder.h"
#include "tests/unit/import/imported.h"

namespace socklock::imports {
namespace {

using ::testing::HasSubstr;
using testing::Imported;

std::string content(const std::string& path) {
  GzipInput buffer(path);
  EXPECT_TRUE(buffer.is_open()) << path;
  return {std::istreambuf_iterator<char>(&buffer), {}};
}

TEST(Registry, NamesAreDistinctAndDocumented) {
  std::set<std::string_view> names;
  const std::string document = content("docs/interop.md");
  for (const Importer* importer : kImporters) {
    EXPECT_TRUE(names.insert(importer->name).second) << importer->name;
    EXPECT_EQ(importer_named(importer->name), importer);
    EXPECT_THAT(document, HasSubstr(std::string("| `") + importer->name + "` |"));
    EXPECT_STRNE(importer->reads, "");
  }
  EXPECT_EQ(importer_named("perf"), nullptr);
}

// No text is of two formats, whatever the order of the list.
TEST(Registry, ATextIsOfOneFormat) {
  const std::map<std::string, std::string> formats{{"imports/01n-arm32.txt", "perf-script"},
                                                   {"imports/02-plain-table.txt", "perf-lock-table"},
                                                   {"imports/02n-l-types.txt", "perf-lock-csv"},
                                                   {"imports/03-lockstat-sock.txt", "lock-stat"},
                                                   {"imports/03-lockstat-wrapped.txt", "lock-stat"},
                                                   {"imports/03n-lockstat-crlf.txt", "lock-stat"},
                                                   {"imports/03n-lockstat-warning.txt", "lock-stat"},
                                                   {"imports/06-ftrace-trace.txt", "ftrace"},
                                                   {"imports/06n-trace-cmd.txt", "ftrace"},
                                                   {"imports/09-notid-slashcomm.txt", "perf-script"},
                                                   {"imports/14-mutex-phases.txt", "perf-script"},
                                                   {"imports/15-duration/before-0.txt", "perf-script"},
                                                   {"freebsd/recorded/dtrace-14-conn-1.txt.gz", "dtrace"},
                                                   {"freebsd/recorded/fbsd14-lockstat-p-conn.txt.gz", "lockstat"},
                                                   {"freebsd/recorded/lockprof-14-conn-2.txt.gz", "lock-prof"}};
  for (const auto& [name, format] : formats) {
    const std::string text = content("tests/data/" + name);
    std::vector<std::string> found;
    for (const Importer* importer : kImporters)
      if (importer->recognises(std::string_view(text).substr(0, kHeadBytes))) found.emplace_back(importer->name);
    EXPECT_THAT(found, ::testing::ElementsAre(format)) << name;
  }
}

TEST(Registry, WhatHasANameIsRefusedByItWithTheWayOut) {
  struct Case {
    std::string text, what, way_out;
  };
  const Case cases[] = {
      {"PERFILE2" + std::string(100, '\0'), "perf's binary recording", "perf script --header --ns -i a.data"},
      {"\x17\x08\x44tracing6", "trace-cmd's binary recording", "trace-cmd report"},
      {"SOCKLOCK\x01", "a trace of socklock", "socklock report"},
      {"\xff\xfe"
       "l\0o\0",
       "UTF-16", "iconv"},
      {"Tracing lock events... Hit Ctrl-C to end.\n\n    Caller   Avg Spin  Count   Max spin Total spin\n", "klockstat",
       "perf lock record"},
      {"web 7 [000] 1.0: lock:lock_acquire: 0xffff01 rcu\n", "lockdep", "perf lock report"},
      {"Thread ID: comm\n    7: web\n", "perf lock info", "perf lock record"},
      {"hello\n", "no text of a format that is known", "perf-lock-table"},
      {"", "nothing to read", ""}};
  for (const Case& refused : cases) {
    const auto found = find_importer(refused.text, "a.data");
    ASSERT_FALSE(found.has_value()) << refused.what;
    EXPECT_THAT(found.error().message(), HasSubstr(refused.what));
    EXPECT_THAT(found.error().hint, HasSubstr(refused.way_out));
    EXPECT_EQ(found.error().exit_code, ExitCode::kBadInput);
  }
}

TEST(Registry, SumsOfMoreThanARowHoldsAreSeveralRows) {
  const trace::SummaryRow one = aggregate_row(1, 700, {}, {}), two = aggregate_row(2, 700, {}, 500);
  EXPECT_EQ(one.wait_min_ns, 700U);
  EXPECT_EQ(one.wait_max_ns, 700U);
  EXPECT_EQ(two.wait_min_ns, 200U);
  EXPECT_EQ(two.wait_max_ns, 500U);
  const trace::SummaryRow bent = aggregate_row(10, 1000, 500, 20);
  EXPECT_EQ(bent.wait_min_ns, 100U) << "no minimum is above the mean";
  EXPECT_EQ(bent.wait_max_ns, 100U) << "and no maximum below it";
}

}  // namespace
}  // namespace socklock::imports
