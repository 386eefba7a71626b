// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/jobs/import_text.h"

#include <QCryptographicHash>
#include <QDateTime>
#include <QDir>
#include <QFileInfo>
#include <QObject>
#include <QStandardPaths>

#include "analyzer/load/facts.h"
#include "analyzer/load/foreign_text.h"
#include "analyzer/load/load_run.h"

namespace socklock::gui {
namespace {

// Of one file as it is now.
QString cachedName(const QString& path) {
  const QFileInfo info(path);
  const QByteArray identity = QStringLiteral("%1 %2 %3")
                                  .arg(info.canonicalFilePath())
                                  .arg(info.size())
                                  .arg(info.lastModified().toMSecsSinceEpoch())
                                  .toUtf8();
  const QString hash =
      QString::fromLatin1(QCryptographicHash::hash(identity, QCryptographicHash::Sha256).toHex().left(16));
  return QStringLiteral("%1-%2.slk").arg(info.baseName(), hash);
}

QString durationWords(const QString& path) {
  return QObject::tr(
             "How long '%1' was recorded is not known, so it has no figures per second and no verdict: "
             "socklock import -d SECONDS states it.")
      .arg(QFileInfo(path).fileName());
}

}  // namespace

bool isTrace(const QString& path) {
  const QFileInfo info(path);
  if (!info.isFile() || info.suffix() == QStringLiteral("json") || info.suffix() == QStringLiteral("socklock"))
    return true;
  if (analyzer::load_facts(path.toStdString())) return true;
  // What nobody can import is left to the reader of traces, which knows what is wrong with one.
  return !analyzer::is_foreign_text(path.toStdString());
}

Result<Imported> importText(const QString& path) {
  const std::string name = path.toStdString();
  const QDir cache(QStandardPaths::writableLocation(QStandardPaths::CacheLocation) + QStringLiteral("/imported"));
  if (!cache.mkpath(QStringLiteral(".")))
    return fail({"cannot make a folder for imported traces", "'" + cache.path().toStdString() + "'", "",
                 ExitCode::kNotPermitted});
  Imported imported{cache.filePath(cachedName(path)), {}};
  if (QFileInfo::exists(imported.trace)) {
    const auto facts = analyzer::load_facts(imported.trace.toStdString());
    if (facts && !facts->knows.duration) imported.missing = durationWords(path);
    return imported;
  }
  SOCKLOCK_TRY_ASSIGN(const bool knows_duration, analyzer::import_text(name, imported.trace.toStdString()));
  if (!knows_duration) imported.missing = durationWords(path);
  return imported;
}

}  // namespace socklock::gui
