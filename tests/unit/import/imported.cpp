// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/unit/import/imported.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "analyzer/load/load_run.h"

namespace socklock::imports::testing {

using analyzer::Taxonomy;

std::ostream& operator<<(std::ostream& out, const Sums& sums) {
  return out << sums.contentions << " waits, " << sums.wait_ns << " ns";
}

Imported::Imported(const std::string& text, const Importer* importer, double seconds)
    : importer_(importer), result_(fail({"not imported", "", ""})) {
  if (importer_ == nullptr) {
    const auto found = find_importer(std::string_view(text).substr(0, kHeadBytes), "input");
    if (!found) {
      result_ = fail(found.error());
      return;
    }
    importer_ = *found;
  }
  std::string path = ::testing::TempDir() + "imported-XXXXXX";
  const int fd = mkstemp(path.data());
  EXPECT_GE(fd, 0);
  {
    std::istringstream in(text);
    auto writer = trace::TraceWriter::to_descriptor(fd, "trace");
    result_ = importer_->import(in, {"label", "input", seconds}, *writer);
  }
  if (result_) {
    auto run = analyzer::load_run(path);
    EXPECT_TRUE(run.has_value());
    EXPECT_TRUE(run->damage.empty());
    EXPECT_TRUE(run->closed);
    run_ = analyzer::label(*std::move(run), Taxonomy::built_in());
    EXPECT_EQ(all().contentions, result_->contentions) << "the trace has what was said to be imported";
  }
  close(fd);
  unlink(path.c_str());
}

Imported Imported::file(const std::string& name, double seconds) {
  std::ostringstream text;
  std::ifstream in("tests/data/imports/" + name);
  EXPECT_TRUE(in.good()) << name;
  text << in.rdbuf();
  return Imported(text.str(), nullptr, seconds);
}

template <typename Wanted>
Sums Imported::sum(Wanted wanted) const {
  Sums sums;
  for (std::size_t row = 0; run_ && row < run_->run.waits.size(); ++row) {
    if (!wanted(run_->run.waits.keys[row], run_->labels[row])) continue;
    sums.contentions += run_->run.waits.sums[row].contentions;
    sums.wait_ns += run_->run.waits.sums[row].wait_ns;
  }
  return sums;
}

Sums Imported::all() const {
  return sum([](const auto&, const auto&) { return true; });
}
Sums Imported::of_class(const std::string& name) const {
  return sum([&](const auto&, const auto& labels) { return Taxonomy::built_in().at(labels.lock_class).name == name; });
}
Sums Imported::of_role(analyzer::Role role) const {
  return sum([&](const auto&, const auto& labels) { return Taxonomy::built_in().at(labels.lock_class).role == role; });
}
Sums Imported::of_lock(const std::string& symbol) const {
  return sum([&](const auto& key, const auto&) { return run().dictionaries.at(key.lock).symbol == symbol; });
}
Sums Imported::of_function(const std::string& symbol) const {
  return sum([&](const auto&, const auto& labels) { return run().dictionaries.at(labels.taker).symbol == symbol; });
}
Sums Imported::of_path(analyzer::CallPath path) const {
  return sum([&](const auto&, const auto& labels) { return labels.path == path; });
}
Sums Imported::of_flags(std::uint8_t flags) const {
  return sum([&](const auto& key, const auto&) { return key.flags == flags; });
}

bool Imported::has_note(const std::string& part) const {
  const auto& notes = run().facts.notes;
  return std::any_of(notes.begin(), notes.end(),
                     [&](const std::string& note) { return note.find(part) != std::string::npos; });
}

std::set<std::string> Imported::names() const {
  std::set<std::string> names;
  for (const auto& function : run().dictionaries.functions) names.insert({function.symbol, function.module});
  for (const auto& lock : run().dictionaries.locks) names.insert(lock.symbol);
  return names;
}

}  // namespace socklock::imports::testing
