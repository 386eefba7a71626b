// SPDX-License-Identifier: GPL-2.0-or-later
// What other tools recorded, opened as a trace: text of perf script, of DTrace, /proc/lock_stat and the others that
// `socklock import` reads; recordings of perf and trace-cmd are printed by these, where they are installed.
#pragma once

#include <QString>
#include <QStringList>
#include <vector>

#include "base/result.h"

namespace socklock::gui {

// Whether it can be opened as it is: a trace, a folder, a manifest, a session. What can't be read counts, too: who
// opens it says why.
bool isTrace(const QString& path);

struct Imported {
  QString trace;
  // A sentence on what the text did not say; empty: nothing is missing.
  QString missing;
};
// A trace of the text, in the cache of this user: the same text is imported once. Errors: no importer reads it.
// `seconds`: how long was recorded, where somebody states it; 0: nobody does.
Result<Imported> importText(const QString& path, double seconds = 0);

}  // namespace socklock::gui
