// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/app/command_line_text.h"

#include "analyzer/measure/conditions.h"
#include "gui/jobs/recording.h"
#include "gui/models/text.h"

namespace socklock::gui {
namespace {

// Of `report`; nothing where it has no table of that.
const char* divisionOf(Grouping grouping) {
  switch (grouping) {
    case Grouping::kRole: return nullptr;
    case Grouping::kClass: return "class";
    case Grouping::kClassPath: return "class-path";
    case Grouping::kPath: return "path";
    case Grouping::kInstance: return "instance";
    case Grouping::kFunction: return "function";
    case Grouping::kProcess: return "process";
    case Grouping::kCgroup: return "cgroup";
    case Grouping::kNetns: return "netns";
  }
  return nullptr;
}

// `compare` has tables of classes and paths anyway.
bool isAskedForOfCompare(Grouping grouping) {
  return grouping == Grouping::kInstance || grouping == Grouping::kFunction || grouping == Grouping::kProcess ||
         grouping == Grouping::kCgroup || grouping == Grouping::kNetns;
}

// Those that are not what the program takes by itself.
QStringList criteriaWords(const Question& question) {
  const Question usual;
  QStringList words;
  const auto add = [&words](const char* option, double share) {
    words += {QLatin1String(option), QString::number(100 * share, 'g', 6)};
  };
  if (question.confidence != usual.confidence) add("--confidence", question.confidence);
  if (question.threshold != usual.threshold) add("--threshold", question.threshold);
  return words;
}

}  // namespace

QString commandLineText(const Findings& findings) {
  const Question& question = findings.question;
  QStringList words{QStringLiteral("socklock")};
  const bool is_one_run = !findings.isComparison() && findings.runs->before_paths.size() == 1;
  words.append(findings.isComparison() ? QStringLiteral("compare")
               : is_one_run            ? QStringLiteral("report")
                                       : QStringLiteral("export"));
  if (!findings.isComparison() && !is_one_run) words += {QStringLiteral("--to"), QStringLiteral("csv")};
  const bool has_by = is_one_run || (findings.isComparison() && isAskedForOfCompare(question.grouping));
  if (const char* const by = divisionOf(question.grouping); has_by && by != nullptr)
    words += {QStringLiteral("--by"), QLatin1String(by)};
  if (findings.isComparison() && question.unit)
    words += {QStringLiteral("--unit"), shown(analyzer::name_of(*question.unit))};
  if (findings.isComparison()) words += criteriaWords(question);
  for (const std::string& word : analyzer::condition_options(question.filter))
    words.append(QString::fromStdString(word));
  if (findings.isComparison())
    for (const std::string& run : question.left_out)
      words += {QStringLiteral("--leave-out"), QString::fromStdString(run)};
  words += stringList(findings.isComparison() ? question.before : findings.runs->before_paths);
  if (findings.isComparison()) {
    words.append(QStringLiteral("--"));
    words += stringList(question.after);
  }
  return shellWords(words);
}

}  // namespace socklock::gui
