// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/jobs/fleet_job.h"

#include <QRegularExpression>

#include "analyzer/taxonomy/rules_version.h"
#include "base/out_of_memory.h"
#include "fleet/click_house_store.h"
#include "fleet/times.h"
#include "fleet/top.h"
#include "gui/jobs/recording.h"

namespace socklock::gui {

Result<FleetAnswerPtr> answerFleet(const fleet::CompareWords& words, const analyzer::Taxonomy& taxonomy) {
  return within_memory([&]() -> Result<FleetAnswerPtr> {
    SOCKLOCK_TRY_ASSIGN(const std::uint32_t rules_version, analyzer::rules_version_of(""));
    SOCKLOCK_TRY_ASSIGN(const fleet::Asked asked, fleet::ask(words, taxonomy, rules_version));
    auto answer = std::make_shared<FleetAnswer>();
    answer->words = words;
    SOCKLOCK_TRY_ASSIGN(answer->comparison, fleet::compare_fleet(*asked.store, asked.question));
    return FleetAnswerPtr(std::move(answer));
  });
}

Result<FleetTopPtr> fleetTop(const FleetTopWords& words) {
  constexpr std::uint64_t kUsualSeconds = 24UL * 3600;
  return within_memory([&]() -> Result<FleetTopPtr> {
    fleet::TopOptions options;
    SOCKLOCK_TRY_ASSIGN(options.window, fleet::window_until(words.since, words.until, kUsualSeconds));
    SOCKLOCK_TRY(fleet::check_selector(words.where, "where"));
    options.selector = words.where;
    options.by = words.by;
    options.limit = 0;
    SOCKLOCK_TRY_ASSIGN(auto store, fleet::ClickHouseStore::open(words.store));
    auto top = std::make_shared<FleetTop>();
    top->words = words;
    SOCKLOCK_TRY_ASSIGN(top->document, fleet::top_document(store, options));
    return FleetTopPtr(std::move(top));
  });
}

fleet::Selector selectorOf(const QString& text) {
  static const QRegularExpression kBetween(QStringLiteral("[,\\s]+"));
  fleet::Selector selector;
  for (const QString& part : text.split(kBetween, Qt::SkipEmptyParts)) selector.push_back(part.toStdString());
  return selector;
}

namespace {

void add(QStringList& command, const char* option, const std::string& value) {
  if (!value.empty()) command += {QLatin1String(option), QString::fromStdString(value)};
}

void addStore(QStringList& command, const fleet::StoreOptions& store) {
  for (const std::string& url : store.urls) add(command, "--from", url);
  add(command, "--credentials", store.credentials);
  add(command, "--ca", store.ca_file);
  if (store.insecure) command.append(QStringLiteral("--insecure"));
}

}  // namespace

QString fleetCommandLine(const fleet::CompareWords& words) {
  QStringList command{QStringLiteral("socklock"), QStringLiteral("compare")};
  addStore(command, words.store);
  for (const std::string& label : words.canary) add(command, "--canary", label);
  for (const std::string& label : words.control) add(command, "--control", label);
  add(command, "--at", words.at);
  add(command, "--window", words.window);
  if (words.settle != fleet::CompareWords{}.settle) add(command, "--settle", words.settle);
  add(command, "--unit", words.unit);
  const analyzer::Criteria usual;
  const auto percent = [](double share) { return QString::number(100 * share).toStdString(); };
  if (words.criteria.confidence != usual.confidence) add(command, "--confidence", percent(words.criteria.confidence));
  if (words.criteria.threshold != usual.threshold) add(command, "--threshold", percent(words.criteria.threshold));
  return shellWords(command);
}

QString fleetTopCommandLine(const FleetTopWords& words) {
  QStringList command{QStringLiteral("socklock"), QStringLiteral("fleet"), QStringLiteral("top")};
  addStore(command, words.store);
  add(command, "--since", words.since);
  for (const std::string& condition : words.where) add(command, "--where", condition);
  if (words.by != FleetTopWords{}.by) add(command, "--by", words.by);
  return shellWords(command);
}

}  // namespace socklock::gui
