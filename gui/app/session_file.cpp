// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/app/session_file.h"

#include <QDir>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include "gui/jobs/export.h"

#include "analyzer/measure/conditions.h"

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
QJsonObject toJson(const analyzer::Filter& filter) {
  QJsonObject json;
  QJsonArray left_out;
  for (const auto& [kind, value, leaves_out] : analyzer::conditions(filter)) {
    if (leaves_out)
      left_out.append(QJsonArray{toQt(kind), toQt(value)});
    else
      json[toQt(kind)] = toQt(value);
  }
  if (!left_out.isEmpty()) json[QStringLiteral("left out")] = left_out;
  return json;
}

analyzer::Filter filterOf(const QJsonObject& json) {
  analyzer::Filter filter;
  for (const analyzer::ConditionKind& kind : analyzer::condition_kinds())
    filter = analyzer::both(
        filter, analyzer::only({kind.name, json[QLatin1String(kind.name)].toString().toStdString(), false}));
  for (const auto& pair : json[QStringLiteral("left out")].toArray())
    filter = analyzer::both(filter,
                            {.left_out = {{pair[0].toString().toStdString(), pair[1].toString().toStdString(), true}}});
  // As version 0.1 wrote it.
  if (const QJsonArray range = json[QStringLiteral("time")].toArray(); range.size() == 2)
    filter.range = {range[0].toString().toULongLong(), range[1].toString().toULongLong()};
  return filter;
}

Grouping groupingNamed(const QString& name) {
  for (int i = 0; i < kGroupings; ++i)
    if (name == QLatin1String(nameOf(static_cast<Grouping>(i)))) return static_cast<Grouping>(i);
  return Grouping::kClass;
}

QJsonArray toJson(const std::vector<Bookmark>& bookmarks) {
  QJsonArray list;
  for (const Bookmark& bookmark : bookmarks) {
    QJsonObject json{{QStringLiteral("name"), bookmark.name},
                     {QStringLiteral("filter"), toJson(bookmark.filter)},
                     {QStringLiteral("grouping"), QLatin1String(nameOf(bookmark.grouping))},
                     {QStringLiteral("page"), bookmark.page}};
    if (!bookmark.state.isEmpty()) json[QStringLiteral("state")] = bookmark.state;
    if (bookmark.unit) json[QStringLiteral("unit")] = toQt(std::string(analyzer::name_of(*bookmark.unit)));
    list.append(json);
  }
  return list;
}

std::vector<Bookmark> bookmarksOf(const QJsonArray& list) {
  std::vector<Bookmark> bookmarks;
  for (const auto& value : list) {
    const QJsonObject json = value.toObject();
    bookmarks.push_back({json[QStringLiteral("name")].toString(), filterOf(json[QStringLiteral("filter")].toObject()),
                         groupingNamed(json[QStringLiteral("grouping")].toString()),
                         analyzer::work_unit_named(json[QStringLiteral("unit")].toString().toStdString()),
                         json[QStringLiteral("page")].toString(), json[QStringLiteral("state")].toObject()});
  }
  return bookmarks;
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
                   {QStringLiteral("left_out"), relativePaths(question.left_out, folder)},
                   {QStringLiteral("filter"), toJson(question.filter)},
                   {QStringLiteral("grouping"), QLatin1String(nameOf(question.grouping))},
                   {QStringLiteral("page"), view.page}};
  if (!view.bookmarks.empty()) json[QStringLiteral("bookmarks")] = toJson(view.bookmarks);
  if (!view.states.isEmpty()) json[QStringLiteral("states")] = view.states;
  json[QStringLiteral("confidence")] = question.confidence;
  json[QStringLiteral("threshold")] = question.threshold;
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
  question.left_out = absolutePaths(json[QStringLiteral("left_out")], folder);
  if (question.before.empty()) return bad("no traces are named");
  question.label_before = json[QStringLiteral("label_before")].toString().toStdString();
  question.label_after = json[QStringLiteral("label_after")].toString().toStdString();
  question.filter = filterOf(json[QStringLiteral("filter")].toObject());
  question.unit = analyzer::work_unit_named(json[QStringLiteral("unit")].toString().toStdString());
  question.grouping = groupingNamed(json[QStringLiteral("grouping")].toString());
  question.confidence = json[QStringLiteral("confidence")].toDouble(question.confidence);
  question.threshold = json[QStringLiteral("threshold")].toDouble(question.threshold);
  view.page = json[QStringLiteral("page")].toString();
  view.states = json[QStringLiteral("states")].toObject();
  view.bookmarks = bookmarksOf(json[QStringLiteral("bookmarks")].toArray());
  return view;
}

}  // namespace socklock::gui
