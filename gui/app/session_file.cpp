// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/app/session_file.h"

#include <QDir>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include "gui/jobs/export.h"

namespace socklock::gui {
namespace {

const QString kSchema = QStringLiteral("socklock.session/1");
constexpr qint64 kMaxBytes = 16 << 20;

QString toQt(const std::string& text) { return QString::fromStdString(text); }

QJsonArray relativePaths(const std::vector<std::string>& paths, const QDir& folder) {
  QJsonArray list;
  for (const std::string& path : paths) list.append(folder.relativeFilePath(toQt(path)));
  return list;
}

std::vector<std::string> absolutePaths(const QJsonValue& list, const QDir& folder) {
  std::vector<std::string> paths;
  for (const auto& path : list.toArray())
    paths.push_back(QDir::cleanPath(folder.absoluteFilePath(path.toString())).toStdString());
  return paths;
}

// Names of conditions are those of the filter bar.
struct TextCondition {
  const char* name;
  std::optional<std::string> analyzer::Filter::*value;
};
constexpr TextCondition kTextConditions[] = {
    {"class", &analyzer::Filter::lock_class}, {"function", &analyzer::Filter::function},
    {"stack", &analyzer::Filter::frame},      {"instance", &analyzer::Filter::instance},
    {"process", &analyzer::Filter::process},  {"context", &analyzer::Filter::context},
};

QJsonObject toJson(const analyzer::Filter& filter) {
  QJsonObject json;
  for (const auto& [name, value] : kTextConditions)
    if (filter.*value) json[QLatin1String(name)] = toQt(*(filter.*value));
  if (filter.role) json[QStringLiteral("role")] = toQt(std::string(analyzer::name_of(*filter.role)));
  if (filter.path) json[QStringLiteral("path")] = toQt(std::string(analyzer::name_of(*filter.path)));
  if (filter.range)
    json[QStringLiteral("time")] =
        QJsonArray{QString::number(filter.range->begin_ns), QString::number(filter.range->end_ns)};
  return json;
}

analyzer::Filter filterOf(const QJsonObject& json) {
  analyzer::Filter filter;
  for (const auto& [name, value] : kTextConditions)
    if (json.contains(QLatin1String(name))) filter.*value = json[QLatin1String(name)].toString().toStdString();
  filter.role = analyzer::role_named(json[QStringLiteral("role")].toString().toStdString());
  filter.path = analyzer::call_path_named(json[QStringLiteral("path")].toString().toStdString());
  if (const QJsonArray range = json[QStringLiteral("time")].toArray(); range.size() == 2)
    filter.range = {range[0].toString().toULongLong(), range[1].toString().toULongLong()};
  return filter;
}

}  // namespace

Result<void> saveSession(const SessionView& view, const QString& file) {
  const QDir folder = QFileInfo(file).absoluteDir();
  const Question& question = view.question;
  QJsonObject json{{QStringLiteral("schema"), kSchema},
                   {QStringLiteral("before"), relativePaths(question.before, folder)},
                   {QStringLiteral("after"), relativePaths(question.after, folder)},
                   {QStringLiteral("label_before"), toQt(question.label_before)},
                   {QStringLiteral("label_after"), toQt(question.label_after)},
                   {QStringLiteral("filter"), toJson(question.filter)},
                   {QStringLiteral("grouping"), QLatin1String(nameOf(question.grouping))},
                   {QStringLiteral("page"), view.page}};
  if (question.unit) json[QStringLiteral("unit")] = toQt(std::string(analyzer::name_of(*question.unit)));
  return writeWhole(file, QJsonDocument(json).toJson());
}

Result<SessionView> loadSession(const QString& file) {
  const auto bad = [&file](const std::string& what) {
    return fail(Error{what, "'" + file.toStdString() + "'", "a session is what File, Save session writes"});
  };
  QFile in(file);
  if (!in.open(QIODevice::ReadOnly)) return bad("cannot read: " + in.errorString().toStdString());
  if (in.size() > kMaxBytes) return bad("too large for a session");
  const QJsonObject json = QJsonDocument::fromJson(in.readAll()).object();
  if (json[QStringLiteral("schema")].toString() != kSchema) return bad("no session of this version");
  const QDir folder = QFileInfo(file).absoluteDir();
  SessionView view;
  Question& question = view.question;
  question.before = absolutePaths(json[QStringLiteral("before")], folder);
  question.after = absolutePaths(json[QStringLiteral("after")], folder);
  if (question.before.empty()) return bad("no traces are named");
  question.label_before = json[QStringLiteral("label_before")].toString().toStdString();
  question.label_after = json[QStringLiteral("label_after")].toString().toStdString();
  question.filter = filterOf(json[QStringLiteral("filter")].toObject());
  question.unit = analyzer::work_unit_named(json[QStringLiteral("unit")].toString().toStdString());
  for (int i = 0; i < kGroupings; ++i)
    if (json[QStringLiteral("grouping")].toString() == QLatin1String(nameOf(static_cast<Grouping>(i))))
      question.grouping = static_cast<Grouping>(i);
  view.page = json[QStringLiteral("page")].toString();
  return view;
}

}  // namespace socklock::gui
