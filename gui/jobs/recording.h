// SPDX-License-Identifier: GPL-2.0-or-later
// A recording by another program, whose standard output is the trace. It is written beside its name and gets the name
// when it is complete: what was there before is there until then, and stays when the recording fails.
#pragma once

#include <QFile>
#include <QObject>
#include <QProcess>
#include <QTimer>

#include "base/result.h"

namespace socklock::gui {

// What a shell takes for these words.
QString shellWords(const QStringList& words);
// For `sh -c`. Neither a process of root nor one behind ssh takes a signal from here, but all see the end of their
// standard input: a shell beside the command waits for that and hands the signal on.
QString stoppedByEndOfInput(const QStringList& command);

// What runs a recorder on this host as root ("pkexec", nothing for root), or on another ("ssh -- host").
QStringList runnerFor(const QString& host);
// What to type into a shell for a command that something runs.
QString commandLine(const QStringList& runner, const QStringList& command);

class Recording : public QObject {
  Q_OBJECT
 public:
  explicit Recording(QObject* parent = nullptr);
  // Ends the recorder, and keeps beside the name what came until then.
  ~Recording() override;

  // `command` is the recorder's on the machine where it runs; `runner` what it is run by ("ssh -- host", "pkexec"),
  // empty: as it is. `may_replace`: the file may be there already. Errors: it is, or can't be written.
  Result<void> start(const QStringList& runner, const QStringList& command, const QString& file, bool may_replace);
  // The recorder completes its trace and ends.
  void stop();

  [[nodiscard]] bool isRunning() const { return process_.state() != QProcess::NotRunning; }
  [[nodiscard]] QString file() const { return file_; }
  // Where the trace is until it is complete.
  [[nodiscard]] QString partName() const { return part_.fileName(); }

 Q_SIGNALS:
  void received(qint64 bytes);
  void completed(const QString& file);
  void failed(const socklock::Error& error);

 private:
  void takeOutput();
  void finish(int exit_code, QProcess::ExitStatus status);
  Result<void> complete();
  [[nodiscard]] std::string keptText();

  QProcess process_;
  QFile part_;
  QString file_;
  QByteArray said_;  // on standard error
  QTimer patience_;
  bool may_replace_ = false;
  bool is_stopped_ = false;
  bool is_run_by_other_ = false;
};

}  // namespace socklock::gui
