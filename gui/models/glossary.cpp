// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/models/glossary.h"

#include <QLabel>
#include <QObject>
#include <QRegularExpression>
#include <QStringList>

namespace socklock::gui {
namespace {

std::vector<Term> terms() {
  const auto tr = [](const char* text) { return QObject::tr(text); };
  const auto term = [&tr](const char* word, const char* pattern, const char* meaning) {
    return Term{tr(word), QString::fromUtf8(pattern), tr(meaning)};
  };
  return {
      term("lock class", R"(\bclass(es)?\b)",
           "all locks that do the same job, such as tcp.ehash: the buckets of the table of connections"),
      term("wait", R"(\bwait(s|ed|ing)?\b)", "from asking for a lock that somebody holds to having it"),
      term("contention", R"(\bcontentions?\b|\bcontended\b)", "an acquisition of a lock that had to wait"),
      term("per connection", R"(\bper (connection|operation|bind|request|second)\b)",
           "the sum divided by the work done meanwhile (connections, operations, binds, requests, or seconds), so "
           "that runs of different length and load compare"),
      term("effect, ×", R"(\beffects?\b|×$)", "that after, divided by that before: 0.04× is 96% less"),
      term("interval", R"(\bintervals?\b|\beffects?\b|±)",
           "where the true value lies with 95% confidence, as runs of a side vary"),
      term("q", R"(\bq\b)", "of the rows with a value as small as this, the share that are chance"),
      term("p", R"(\bp\b)", "how often chance alone would give as large a difference"),
      term("verdict", R"(\bverdict\b)",
           "improved or regressed: the interval is beyond what may be chance or too small to matter; unchanged: it is "
           "within; inconclusive: the runs do not tell"),
      term("inconclusive", R"(\binconclusive\b|\bto decide\b)",
           "the runs do not tell: neither a change nor that there is none"),
      term("role", R"(\broles?\b)",
           "what locks of different kernels have in common: connection table, listener, socket, …"),
      term("owner", R"(\bowner\b)", "who holds a socket by lock_sock(), while others sleep or queue for it"),
      term("holder", R"(\bholders?\b|\bhold(s|ing)?\b|\bheld\b)", "who had the lock that others waited for"),
      term("call path", R"(\bpaths?\b|\bsetup\b)",
           "what the thread was about: setup, send, receive, input, teardown, …"),
      term("call stack", R"(\bstacks?\b|\bcallers?\b|\bcallees?\b|\bfunctions?\b)",
           "the functions that led to the lock, the outermost first"),
      term("bucket", R"(\bbuckets?\b)", "one of the locks of a hash table"),
      term("acquired", R"(\bacquired\b|\bacquisitions?\b)", "how often a lock was taken, with or without waiting"),
      term("quantile", R"(\bquantiles?\b|\bp\d\d|\bmedian\b)", "p99: 99 of 100 waits were shorter. The median is p50"),
      term("run", R"(\bruns?\b)", "one recording. Runs of a side vary, and how much says what can be told"),
      term("before, after", R"(\bbefore\b|\bafter\b|\bsides?\b)", "the two sides that are compared"),
      term("where the wait went", R"(\bwhere (it|the wait) went\b)",
           "steps from the wait before to that after. Parts add up to the whole"),
      term("all locks", R"(\ball locks\b|\bof which\b|\bmeets the filter\b|\bmade of\b)",
           "parts of the wait, which add up to that of all locks"),
      term("memory's and scheduler's locks", "memory's and scheduler's",
           "locks that belong neither to the socket layer nor to what it uses directly"),
      term("global lock", R"(\bglobal lock\b)",
           "one lock for all sockets, which kernels had before there were buckets"),
      term("CPU", R"(\bCPUs?\b)", "processor: time of all of them for the work done, or the one where it happened"),
      term("estimated", R"(\bestimated?\b|\bwhat if\b)", "computed by a model from recordings of before; not measured"),
      term("change", R"(\bchanges?\b)", "that after less that before: ▼ is less wait, ▲ more"),
      term("began at", R"(\bbegan\b)", "seconds since the recording began"),
      term("left", R"(\bleft\b)", "what would remain of the wait, as a share of that before: 0.2 is 80% less"),
      term("instance", R"(\binstances?\b|\block$)", "a single lock, by its address, its port or its bucket"),
      term("socket layer", R"(\bsocket layer\b)", "locks of tables, listeners and sockets"),
      term("canary, control", R"(\bcanar(y|ies)\b|\bcontrols?\b|\bhosts?\b|\bgroup\b|\bwhen:|\bno verdict\b)",
           "canaries are hosts that have a change, controls those that have not: what happens to both is not the "
           "change's"),
      term("live", R"(\blive\b|\blast seconds\b|\blongest\b|\bshare\b)", "of the last 5 seconds"),
      term("process, thread", R"(\bprocess(es)?\b|\bthreads?\b|\bcommand\b)",
           "who waited. Runs have the command in common, not the number"),
  };
}

}  // namespace

const std::vector<Term>& glossary() {
  static const std::vector<Term> all = terms();
  return all;
}

QString explained(const QString& heading) {
  QStringList lines;
  for (const Term& term : glossary())
    if (QRegularExpression(term.pattern, QRegularExpression::CaseInsensitiveOption).match(heading).hasMatch())
      lines.append(QStringLiteral("%1: %2").arg(term.word, term.meaning));
  return lines.join(QLatin1Char('\n'));
}

void setHeading(QLabel* label, const QString& text) {
  label->setText(text);
  label->setToolTip(explained(text));
}

}  // namespace socklock::gui
