// SPDX-License-Identifier: GPL-2.0-or-later
// Questions to a fleet, off the UI thread: hosts that have a change against hosts that have not, and what hurts most.
#pragma once

#include <QString>
#include <QStringList>
#include <memory>
#include <string>

#include "analyzer/document/document.h"
#include "base/result.h"
#include "fleet/ask.h"
#include "fleet/compare.h"

namespace socklock::gui {

struct FleetAnswer {
  fleet::CompareWords words;
  fleet::FleetComparison comparison;
};
using FleetAnswerPtr = std::shared_ptr<const FleetAnswer>;

// Errors as of fleet::ask() and fleet::compare_fleet(), in words of the dialog.
Result<FleetAnswerPtr> answerFleet(const fleet::CompareWords& words, const analyzer::Taxonomy& taxonomy);

struct FleetTopWords {
  fleet::StoreOptions store;
  std::string since, until;
  fleet::Selector where;
  std::string by = "class";
};
struct FleetTop {
  FleetTopWords words;
  analyzer::Document document;
};
using FleetTopPtr = std::shared_ptr<const FleetTop>;
Result<FleetTopPtr> fleetTop(const FleetTopWords& words);

// "group=canary rack=7", "group=canary, rack=7": what has to hold.
fleet::Selector selectorOf(const QString& text);
// What to type into a shell for the same question.
QString fleetCommandLine(const fleet::CompareWords& words);
QString fleetTopCommandLine(const FleetTopWords& words);

}  // namespace socklock::gui
