// SPDX-License-Identifier: GPL-2.0-or-later
// What is waited for now: a trace that grows is looked at again and again, off the UI thread. It is that of a recorder
// which this starts, here or on another host, or one that is there already, as a service's.
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTemporaryDir>
#include <QTimer>
#include <memory>
#include <optional>

#include "analyzer/live/live_view.h"
#include "gui/jobs/background.h"
#include "gui/jobs/recording.h"
#include "gui/jobs/timeline_data.h"

namespace socklock::gui {

// What to look at; of `recorder` and `path` one.
struct LiveSource {
  QStringList runner;    // what the recorder is run by ("ssh -- host", "pkexec"); empty: as it is
  QStringList recorder;  // its words on the machine where it runs, the trace on its standard output
  QString path;          // a trace that is being written, or the folder of a service
  QString name;          // in words
};

// One look, complete and never changed.
struct LiveMoment {
  std::vector<analyzer::LiveRow> rows;
  analyzer::LiveTotals totals;
  analyzer::Filter filter;
  bool has_rates = false;  // of a whole second, at the least; until then rows and totals say nothing
  bool knows_run_delay = false;
  // The single waits that are kept, whose time begins with the first of them; null: nothing was recorded yet.
  TimelineDataPtr waits;
  std::uint64_t waits_begin_ns = 0;  // of the trace
  double kept_s = 0;
  bool has_ended = false;
};
using LiveMomentPtr = std::shared_ptr<const LiveMoment>;

class LiveFeed : public QObject {
  Q_OBJECT
 public:
  explicit LiveFeed(analyzer::Taxonomy taxonomy, QObject* parent = nullptr);
  ~LiveFeed() override;

  // Errors: nothing can be written for the recorder's trace.
  Result<void> start(const LiveSource& source);
  // The recorder ends in order; ended() tells when. What was recorded is still there to be saved.
  void stop();
  [[nodiscard]] bool isRecording() const { return recording_ && recording_->isRunning(); }
  [[nodiscard]] const LiveSource& source() const { return source_; }

  // From the next look on.
  void groupBy(analyzer::LiveGroup group);
  void showOnly(const QString& row);
  void showAll();
  // Looks no more until it is thawed; what is recorded meanwhile is shown then.
  void freeze(bool is_frozen);
  void setLanes(LanesOf lanes);

  // What is kept, as a trace; in the background, saved() tells the end of it.
  void save(const QString& file);

 Q_SIGNALS:
  void looked(const socklock::gui::LiveMomentPtr& moment);
  void saved(const QString& file);
  void failed(const socklock::Error& error);
  void ended();

 private:
  struct State;
  struct Look {
    LiveMomentPtr moment;
    std::optional<Error> error;
  };
  using Order = std::function<void(State&)>;
  void order(Order change);
  void look();
  void take(const Look& look);
  static Look lookAt(State& state, bool is_frozen, LanesOf lanes);
  static void makeTimeline(State& state, LiveMoment& moment, LanesOf lanes);

  analyzer::Taxonomy taxonomy_;
  LiveSource source_;
  std::unique_ptr<QTemporaryDir> folder_;
  std::unique_ptr<Recording> recording_;
  std::shared_ptr<State> state_;  // of one look at a time
  std::vector<Order> orders_;
  Background looker_;
  Background saver_;
  QTimer timer_;
  LanesOf lanes_ = LanesOf::kCpu;
  bool is_frozen_ = false;
  bool is_asked_ = false;  // what is shown is to change although nothing new came
};

}  // namespace socklock::gui
