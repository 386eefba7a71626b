// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/jobs/import_text.h"

#include <QCryptographicHash>
#include <QDateTime>
#include <QDir>
#include <QFileInfo>
#include <QObject>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryFile>
#include <array>

#include "analyzer/load/facts.h"
#include "analyzer/load/foreign_text.h"
#include "analyzer/load/load_run.h"

namespace socklock::gui {
namespace {

// Of one file as it is now, and what was stated of it.
QString cachedName(const QString& path, double seconds) {
  const QFileInfo info(path);
  const QByteArray identity = QStringLiteral("%1 %2 %3 %4")
                                  .arg(info.canonicalFilePath())
                                  .arg(info.size())
                                  .arg(info.lastModified().toMSecsSinceEpoch())
                                  .arg(seconds)
                                  .toUtf8();
  const QString hash =
      QString::fromLatin1(QCryptographicHash::hash(identity, QCryptographicHash::Sha256).toHex().left(16));
  return QStringLiteral("%1-%2.slk").arg(info.baseName(), hash);
}

QString durationWords(const QString& path) {
  return QObject::tr("How long '%1' was recorded is not known, so it has no figures per second and no verdict.")
      .arg(QFileInfo(path).fileName());
}

// A binary recording that its own tool prints as a text which can be imported.
struct Printed {
  QByteArray magic;
  QString program;
  QStringList arguments;  // before the file's name
  QString package;        // of Debian
};

const std::array<Printed, 2>& printedRecordings() {
  static const std::array<Printed, 2> kinds{
      Printed{"PERFILE2",
              QStringLiteral("perf"),
              {QStringLiteral("script"), QStringLiteral("--header"), QStringLiteral("--ns"), QStringLiteral("-i")},
              QStringLiteral("linux-perf")},
      Printed{QByteArray("\x17\x08\x44tracing"),
              QStringLiteral("trace-cmd"),
              {QStringLiteral("report")},
              QStringLiteral("trace-cmd")}};
  return kinds;
}

const Printed* printedKindOf(const QString& path) {
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) return nullptr;
  const QByteArray head = file.read(16);
  for (const Printed& kind : printedRecordings())
    if (head.startsWith(kind.magic)) return &kind;
  return nullptr;
}

Result<void> print(const Printed& kind, const QString& path, const QString& text) {
  QProcess process;
  process.setStandardOutputFile(text);
  process.setStandardInputFile(QProcess::nullDevice());
  process.start(kind.program, kind.arguments + QStringList{path});
  if (!process.waitForStarted(-1))
    return fail({"cannot run " + kind.program.toStdString() + ", which reads it", "'" + path.toStdString() + "'",
                 "install it (Debian: " + kind.package.toStdString() + "), or open the text that it prints elsewhere",
                 ExitCode::kBadInput});
  process.waitForFinished(-1);
  if (process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0) return {};
  const QString said = QString::fromUtf8(process.readAllStandardError()).trimmed().section(QLatin1Char('\n'), -1);
  return fail({kind.program.toStdString() + " could not read it: " + said.toStdString(), "'" + path.toStdString() + "'",
               "perf and trace-cmd read what as new a version as they are has recorded", ExitCode::kBadInput});
}

// Of a text, or of what its tool prints of it.
Result<bool> importAny(const QString& path, const QString& trace, double seconds) {
  const Printed* const kind = printedKindOf(path);
  if (kind == nullptr) return analyzer::import_text(path.toStdString(), trace.toStdString(), seconds);
  QTemporaryFile text(trace + QStringLiteral(".XXXXXX.txt"));
  if (!text.open())
    return fail({"cannot write: " + text.errorString().toStdString(), "'" + text.fileName().toStdString() + "'", "",
                 ExitCode::kNotPermitted});
  SOCKLOCK_TRY(print(*kind, path, text.fileName()));
  return analyzer::import_text(text.fileName().toStdString(), trace.toStdString(), seconds);
}

}  // namespace

bool isTrace(const QString& path) {
  const QFileInfo info(path);
  if (!info.isFile() || info.suffix() == QStringLiteral("json") || info.suffix() == QStringLiteral("socklock"))
    return true;
  if (analyzer::load_facts(path.toStdString())) return true;
  if (printedKindOf(path) != nullptr) return false;
  // What nobody can import is left to the reader of traces, which knows what is wrong with one.
  return !analyzer::is_foreign_text(path.toStdString());
}

Result<Imported> importText(const QString& path, double seconds) {
  const QDir cache(QStandardPaths::writableLocation(QStandardPaths::CacheLocation) + QStringLiteral("/imported"));
  if (!cache.mkpath(QStringLiteral(".")))
    return fail({"cannot make a folder for imported traces", "'" + cache.path().toStdString() + "'", "",
                 ExitCode::kNotPermitted});
  Imported imported{cache.filePath(cachedName(path, seconds)), {}};
  if (QFileInfo::exists(imported.trace)) {
    const auto facts = analyzer::load_facts(imported.trace.toStdString());
    if (facts && !facts->knows.duration) imported.missing = durationWords(path);
    return imported;
  }
  SOCKLOCK_TRY_ASSIGN(const bool knows_duration, importAny(path, imported.trace, seconds));
  if (!knows_duration) imported.missing = durationWords(path);
  return imported;
}

}  // namespace socklock::gui
