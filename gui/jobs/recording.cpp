// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/jobs/recording.h"

#include <QFileInfo>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace socklock::gui {
namespace {

// For the rest of an interval, the dictionary and the footer, also over a slow line.
constexpr int kPatienceMs = 60'000;
constexpr qsizetype kMaxWords = 1 << 16;
constexpr int kMaxParts = 1000;

// As a shell takes it for one word.
QString quoted(const QString& word) {
  static const QString kPlain = QStringLiteral("-_./:@=,+%");
  const bool is_plain = !word.isEmpty() && std::all_of(word.begin(), word.end(), [](QChar c) {
    return (c.unicode() < 128 && c.isLetterOrNumber()) || kPlain.contains(c);
  });
  return is_plain ? word
                  : QLatin1Char('\'') + QString(word).replace(QLatin1Char('\''), QStringLiteral("'\\''")) +
                        QLatin1Char('\'');
}

// Never replaces; of one file system, so that it can't stop halfway.
bool renameToNew(const QByteArray& from, const QByteArray& to) {
  if (::renameat2(AT_FDCWD, from.constData(), AT_FDCWD, to.constData(), RENAME_NOREPLACE) == 0) return true;
  if (errno != EINVAL && errno != ENOSYS) return false;
  // File systems that don't know how: a link is made only where there is nothing.
  return ::link(from.constData(), to.constData()) == 0 && ::unlink(from.constData()) == 0;
}

}  // namespace

QString shellWords(const QStringList& words) {
  QStringList all;
  for (const QString& word : words) all.append(quoted(word));
  return all.join(QLatin1Char(' '));
}

QString stoppedByEndOfInput(const QStringList& command) {
  return QStringLiteral(
             "exec 3<&0; %1 </dev/null 3<&- & recorder=$!; "
             "{ cat <&3; kill \"$recorder\"; } >/dev/null 2>&1 & watcher=$!; "
             "wait \"$recorder\"; status=$?; kill \"$watcher\" 2>/dev/null; exit \"$status\"")
      .arg(shellWords(command));
}

QStringList runnerFor(const QString& host) {
  // "--": a host is no option, whatever it looks like.
  if (!host.isEmpty()) return {QStringLiteral("ssh"), QStringLiteral("--"), host};
  return ::geteuid() == 0 ? QStringList() : QStringList{QStringLiteral("pkexec")};
}

QString commandLine(const QStringList& runner, const QStringList& command) {
  const bool is_ssh = !runner.isEmpty() && runner.front() == QStringLiteral("ssh");
  // ssh hands one string to a shell on the other side.
  return shellWords(is_ssh ? runner + QStringList{shellWords(command)} : runner + command);
}

Recording::Recording(QObject* parent) : QObject(parent) {
  connect(&process_, &QProcess::readyReadStandardOutput, this, &Recording::takeOutput);
  connect(&process_, &QProcess::readyReadStandardError, this, [this] {
    said_ += process_.readAllStandardError();
    if (said_.size() > kMaxWords) said_ = said_.right(kMaxWords);
  });
  connect(&process_, &QProcess::finished, this, &Recording::finish);
  connect(&process_, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
    if (error == QProcess::FailedToStart) finish(-1, QProcess::CrashExit);
  });
  patience_.setSingleShot(true);
  patience_.setInterval(kPatienceMs);
  connect(&patience_, &QTimer::timeout, &process_, &QProcess::kill);
}

Recording::~Recording() {
  // Its end is nobody's matter any more: signals would reach what is half destroyed.
  process_.disconnect();
  if (!isRunning()) return;
  process_.closeWriteChannel();
  if (!is_run_by_other_) process_.terminate();
  process_.waitForFinished(kPatienceMs);
  if (part_.isOpen()) part_.write(process_.readAllStandardOutput());
}

Result<void> Recording::start(const QStringList& runner, const QStringList& command, const QString& file,
                              bool may_replace) {
  const auto refuse = [&file](const std::string& what, const std::string& hint) {
    return fail(Error{what, "'" + file.toStdString() + "'", hint, ExitCode::kNotPermitted});
  };
  if (!may_replace && QFileInfo::exists(file)) return refuse("the file exists", "choose another name");
  file_ = file;
  may_replace_ = may_replace;
  for (int i = 0; i < kMaxParts && !part_.isOpen(); ++i) {
    part_.setFileName(file + (i == 0 ? QStringLiteral(".part") : QStringLiteral(".part-%1").arg(i)));
    // Traces name programs and hosts: they are for who records them.
    if (!part_.open(QIODevice::WriteOnly | QIODevice::NewOnly, QFile::ReadOwner | QFile::WriteOwner) &&
        !QFileInfo::exists(part_.fileName()))
      break;
  }
  if (!part_.isOpen()) return refuse("cannot write: " + part_.errorString().toStdString(), "choose another folder");
  is_stopped_ = false;
  is_run_by_other_ = !runner.isEmpty();
  said_.clear();
  QStringList words = command;
  if (is_run_by_other_) {
    const QString script = stoppedByEndOfInput(command);
    // ssh hands its words to a shell of the host's, joined by blanks.
    const bool is_ssh = runner.front() == QStringLiteral("ssh");
    words = runner + (is_ssh ? QStringList{QStringLiteral("sh -c ") + quoted(script)}
                             : QStringList{QStringLiteral("sh"), QStringLiteral("-c"), script});
  }
  const QString program = words.takeFirst();
  process_.start(program, words);
  return {};
}

void Recording::stop() {
  if (!isRunning() || is_stopped_) return;
  is_stopped_ = true;
  patience_.start();
  process_.closeWriteChannel();
  if (!is_run_by_other_) process_.terminate();
}

void Recording::takeOutput() {
  const QByteArray bytes = process_.readAllStandardOutput();
  if (part_.write(bytes) != bytes.size()) {
    said_ += "cannot write: " + part_.errorString().toUtf8();
    process_.kill();
    return;
  }
  Q_EMIT received(part_.size());
}

Result<void> Recording::complete() {
  const QByteArray from = QFile::encodeName(part_.fileName()), to = QFile::encodeName(file_);
  const bool is_renamed = may_replace_ ? std::rename(from.constData(), to.constData()) == 0 : renameToNew(from, to);
  if (is_renamed) return {};
  return fail(Error{std::string("cannot give the recording its name: ") + std::strerror(errno),
                    "'" + file_.toStdString() + "'", "it is complete in '" + part_.fileName().toStdString() + "'",
                    ExitCode::kNotPermitted});
}

// What came before a recording failed may be most of it.
std::string Recording::keptText() {
  if (part_.size() > 0) return "what came until then is in '" + part_.fileName().toStdString() + "'";
  part_.remove();
  return "";
}

void Recording::finish(int exit_code, QProcess::ExitStatus status) {
  patience_.stop();
  takeOutput();
  said_ += process_.readAllStandardError();
  const bool is_flushed = part_.flush() && ::fsync(part_.handle()) == 0;
  part_.close();
  // A recording that was stopped holds what was recorded until then, whatever its status.
  const bool is_good = (status == QProcess::NormalExit && exit_code == 0) || (is_stopped_ && part_.size() > 0);
  if (is_good && is_flushed) {
    const Result<void> result = complete();
    if (result)
      Q_EMIT completed(file_);
    else
      Q_EMIT failed(result.error());
    return;
  }
  // One sentence after another: a line's end is not printable.
  const QString said = QString::fromUtf8(said_).trimmed().replace(QLatin1Char('\n'), QStringLiteral("; "));
  const std::string why = said.isEmpty() ? process_.errorString().toStdString() : said.toStdString();
  Q_EMIT failed({"the recording failed: " + why, "", keptText(), ExitCode::kNotPermitted});
}

}  // namespace socklock::gui
