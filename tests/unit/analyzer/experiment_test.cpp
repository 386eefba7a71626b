// SPDX-License-Identifier: GPL-2.0-or-later
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "analyzer/compare/aa_study.h"
#include "analyzer/experiment/manifest.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/label/load_runs.h"
#include "tests/unit/analyzer/trace_maker.h"

namespace socklock::analyzer {
namespace {

using analyzer::testing::Folder;
using analyzer::testing::write_ehash_run;

Manifest example() {
  Manifest manifest;
  manifest.before = {"load one", "make \"ready\"", ""};
  manifest.after = {"load two", "", "clean up"};
  manifest.seed = 7;
  manifest.runs = {{0, "warmup", "warmup-before-01.slk", 1.5},
                   {1, "after", "after-01.slk", 2.25},
                   {1, "before", "before-01.slk", 2}};
  return manifest;
}

TEST(Manifest, IsReadAsItWasWritten) {
  const Folder folder;
  const std::string path = folder.file("manifest.json");
  ASSERT_TRUE(write_manifest(example(), path));
  const auto read = read_manifest(path);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->before.setup, "make \"ready\"");
  EXPECT_EQ(read->after.teardown, "clean up");
  EXPECT_EQ(read->seed, 7U);
  ASSERT_EQ(read->runs.size(), 3U);
  EXPECT_EQ(read->runs[1].trace, "after-01.slk");
  EXPECT_EQ(read->runs[1].seconds, 2.25);
}

TEST(Manifest, AnythingElseIsRefused) {
  const Folder folder;
  for (const char* text : {"", "[]", "{\"schema\": \"socklock.ab/2\"}", "{\"schema\": \"socklock.ab/1\"}"}) {
    std::ofstream(folder.file("manifest.json")) << text;
    EXPECT_FALSE(read_manifest(folder.file("manifest.json"))) << text;
  }
  EXPECT_FALSE(read_manifest(folder.file("missing.json")));
}

TEST(Manifest, NumbersOutOfRangeAreRefused) {
  const Folder folder;
  const std::string path = folder.file("manifest.json");
  ASSERT_TRUE(write_manifest(example(), path));
  std::ifstream file(path);
  const std::string good{std::istreambuf_iterator<char>(file), {}};
  for (const auto& [from, to] : {std::pair<std::string, std::string>{"\"rounds\": 10", "\"rounds\": -1"},
                                 {"\"rounds\": 10", "\"rounds\": 0"},
                                 {"\"warmup\": 1", "\"warmup\": 4294967295"},
                                 {"\"duration_s\": 0.0", "\"duration_s\": -1e300"},
                                 {"\"seconds\": 1.5", "\"seconds\": 1e301"}}) {
    std::string text = good;
    ASSERT_NE(text.find(from), std::string::npos) << from << " in " << text;
    std::ofstream(path) << text.replace(text.find(from), from.size(), to);
    const auto read = read_manifest(path);
    ASSERT_FALSE(read) << to;
    EXPECT_NE(read.error().message().find("range"), std::string::npos) << read.error().message();
  }
}

TEST(Manifest, RoundsBeginWithEitherSideAsTheSeedSays) {
  Manifest manifest;
  unsigned before_first = 0;
  for (unsigned round = 1; round <= 200; ++round) {
    before_first += is_before_first(manifest, round) ? 1U : 0U;
    EXPECT_EQ(is_before_first(manifest, round), is_before_first(manifest, round));
  }
  EXPECT_GT(before_first, 70U);
  EXPECT_LT(before_first, 130U);
}

TEST(TracesNamed, AFolderIsItsTracesAndAManifestThoseOfASide) {
  const Folder folder;
  write_ehash_run(folder.file("b.slk"), 100);
  write_ehash_run(folder.file("a.slk"), 100);
  const std::string path = folder.file("");
  auto named = traces_named({path}, "before");
  ASSERT_TRUE(named);
  EXPECT_EQ(*named, (std::vector<std::string>{path + "a.slk", path + "b.slk"}));
  ASSERT_TRUE(write_manifest(example(), folder.file("manifest.json")));
  named = traces_named({path, "else.slk"}, "after");
  ASSERT_TRUE(named) << named.error().message();
  EXPECT_EQ(*named, (std::vector<std::string>{path + "after-01.slk", "else.slk"}));
}

TEST(TracesNamed, AManifestDoesNotLeadOutOfItsFolder) {
  const Folder folder;
  Manifest manifest = example();
  manifest.runs[1].trace = "../../etc/passwd";
  ASSERT_TRUE(write_manifest(manifest, folder.file("manifest.json")));
  EXPECT_FALSE(traces_named({folder.file("manifest.json")}, "after"));
  EXPECT_FALSE(traces_named({folder.file("manifest.json")}, "neither"));
}

TEST(AaStudy, EqualRunsGetNoVerdictAndTooFewNone) {
  const Folder folder;
  std::vector<std::string> paths;
  for (unsigned i = 0; i < 8; ++i) {
    paths.push_back(folder.file(std::to_string(i) + ".slk"));
    write_ehash_run(paths.back(), 1000 + i % 3);
  }
  const auto runs = load_runs(paths, Taxonomy::built_in());
  ASSERT_TRUE(runs);
  const auto study = study_aa(*runs, Taxonomy::built_in(), {.compare = {}, .deals = 50, .runs_a_side = 0});
  ASSERT_TRUE(study) << study.error().message();
  EXPECT_EQ(study->runs_a_side, 4U);
  EXPECT_EQ(study->unchanged, 50U);
  const auto too_few = study_aa(*runs, Taxonomy::built_in(), {.compare = {}, .deals = 50, .runs_a_side = 5});
  ASSERT_FALSE(too_few);
  EXPECT_EQ(too_few.error().exit_code, ExitCode::kNotEnoughData);
}

TEST(LoadRuns, TheFirstThatFailsIsSaid) {
  const Folder folder;
  write_ehash_run(folder.file("good.slk"), 100);
  const auto runs =
      load_runs({folder.file("good.slk"), folder.file("missing.slk"), folder.file("gone.slk")}, Taxonomy::built_in());
  ASSERT_FALSE(runs);
  EXPECT_NE(runs.error().message().find("missing.slk"), std::string::npos);
}

}  // namespace
}  // namespace socklock::analyzer
