// SPDX-License-Identifier: GPL-2.0-or-later
// A text imported, loaded and labelled, and what it comes to.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "analyzer/label/classify.h"
#include "analyzer/label/labelled_run.h"
#include "analyzer/load/run.h"
#include "import/importers.h"

namespace socklock::imports::testing {

struct Sums {
  std::uint64_t contentions = 0;
  std::uint64_t wait_ns = 0;
  bool operator==(const Sums&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Sums& sums);

class Imported {
 public:
  // Of a text, by an importer or by the one that the text itself asks for.
  explicit Imported(const std::string& text, const Importer* importer = nullptr, double seconds = 0);
  // Of a file in tests/data/imports.
  static Imported file(const std::string& name, double seconds = 0);

  [[nodiscard]] bool ok() const { return result_.has_value(); }
  [[nodiscard]] const ImportResult& result() const { return *result_; }
  [[nodiscard]] const Error& error() const { return result_.error(); }
  [[nodiscard]] std::string format() const { return importer_ == nullptr ? "" : importer_->name; }
  [[nodiscard]] const analyzer::Run& run() const { return run_->run; }

  [[nodiscard]] Sums all() const;
  [[nodiscard]] Sums of_class(const std::string& name) const;
  [[nodiscard]] Sums of_role(analyzer::Role role) const;
  [[nodiscard]] Sums of_lock(const std::string& symbol) const;
  [[nodiscard]] Sums of_function(const std::string& symbol) const;  // that took the lock
  [[nodiscard]] Sums of_path(analyzer::CallPath path) const;
  [[nodiscard]] Sums of_flags(std::uint8_t flags) const;
  [[nodiscard]] bool has_note(const std::string& part) const;
  // Names of functions, modules and locks.
  [[nodiscard]] std::set<std::string> names() const;

 private:
  template <typename Wanted>
  [[nodiscard]] Sums sum(Wanted wanted) const;

  const Importer* importer_ = nullptr;
  Result<ImportResult> result_;
  std::optional<analyzer::LabelledRun> run_;
};

}  // namespace socklock::imports::testing
