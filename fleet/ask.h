// SPDX-License-Identifier: GPL-2.0-or-later
// From words, as options and fields have them, to a question and the store that it is asked: the command line and the
// viewer ask the same.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "analyzer/measure/filter.h"
#include "analyzer/taxonomy/taxonomy.h"
#include "base/result.h"
#include "fleet/click_house.h"
#include "fleet/compare.h"
#include "fleet/store.h"

namespace socklock::fleet {

// Errors name these as options of socklock compare.
struct CompareWords {
  StoreOptions store;                        // no URL: canary and control are a folder of traces each
  std::vector<std::string> canary, control;  // labels that all hold, or one folder
  std::string canary_hosts;                  // file with a host a line
  std::string at, window, settle = "0s";     // when the change came, so much before and after, what is left out
  std::string before, after;                 // instead of these: FROM..UNTIL
  std::string unit;                          // connections, operations, seconds; empty: what hosts have
  std::string replication;                   // label
  std::string same;                          // kernel, spinlock_mode, labels, with commas between
  std::string look;                          // "2/4"
  analyzer::Criteria criteria;
  analyzer::Filter filter;
};

struct Asked {
  std::unique_ptr<Store> store;
  CompareQuestion question;
};
// Errors: usage; what the store says.
Result<Asked> ask(const CompareWords& words, const analyzer::Taxonomy& taxonomy, std::uint32_t rules_version);

// `since`: a stretch back from the end, or a moment; empty: `usual_s` back. `until`: a moment; empty: now. Up to now,
// long stretches are of whole hours, the present one among them: those are read from the table of hours. Errors: usage.
Result<Window> window_until(const std::string& since, const std::string& until, std::uint64_t usual_s);

}  // namespace socklock::fleet
