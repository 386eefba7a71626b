// SPDX-License-Identifier: GPL-2.0-or-later
// Puts names to the rows of a Run.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "analyzer/label/labels.h"
#include "analyzer/taxonomy/taxonomy.h"

namespace socklock::analyzer {

struct Dictionaries;
struct LabelledRun;
struct LockFacts;
struct Run;
struct WaitKey;

LabelledRun label(Run run, const Taxonomy& taxonomy);

// Names waits one by one, as they are: a wait without a stack gets no share of those that have one.
class WaitLabeller {
 public:
  // Both have to outlive it. Of the run, dictionaries and facts are used.
  WaitLabeller(const Run& run, const Taxonomy& taxonomy);
  WaitLabeller(WaitLabeller&&) noexcept;
  WaitLabeller& operator=(WaitLabeller&&) noexcept;
  ~WaitLabeller();
  WaitLabels label(const WaitKey& key);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Names single locks: "tcp.ehash[17]", "tcp.sock{#3}", where objects are numbered as the trace brings them, because
// their addresses are nobody's business; the class alone where the lock is not known. Tables carry their network
// namespace only where the run saw tables of several.
class InstanceNames {
 public:
  explicit InstanceNames(const Dictionaries& dictionaries);
  [[nodiscard]] std::string name(const LockFacts& lock, const LockClass& lock_class) const;

 private:
  bool several_namespaces_ = false;
  std::unordered_map<std::uint64_t, std::size_t> numbers_;  // by address of the object, else of the lock
};

}  // namespace socklock::analyzer
