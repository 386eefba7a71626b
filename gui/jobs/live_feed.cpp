// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/jobs/live_feed.h"

#include <unistd.h>

#include <QFile>
#include <algorithm>
#include <chrono>
#include <mutex>
#include <utility>

#include "analyzer/label/labelled_run.h"
#include "analyzer/label/load_events.h"
#include "analyzer/live/trace_tail.h"
#include "base/out_of_memory.h"

namespace socklock::gui {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kBetweenLooksMs = 200;
constexpr std::uint64_t kKeepNs = 60'000'000'000;
// A timeline is made anew once so many times what it took last has gone by: a busy host leaves the machine its time.
constexpr int kRest = 4;

std::uint64_t firstKept(const analyzer::TraceTail& tail) {
  std::uint64_t first = tail.first_of_trace();
  while (first < tail.intervals() && !tail.keeps(first)) ++first;
  return first;
}

}  // namespace

struct LiveFeed::State {
  State(analyzer::Taxonomy rules, const std::string& path)
      : taxonomy(std::move(rules)), tail(path, kKeepNs), view(taxonomy, {}) {}

  std::mutex mutex;  // a look, and saving
  analyzer::Taxonomy taxonomy;
  analyzer::TraceTail tail;
  analyzer::LiveView view;
  QTemporaryDir scratch;
  std::vector<std::string> classes;  // as they were first seen: by their place they have their colours
  std::uint64_t seen_intervals = 0;
  TimelineDataPtr waits;
  std::uint64_t waits_begin_ns = 0;
  double kept_s = 0;
  LanesOf lanes = LanesOf::kCpu;
  std::optional<analyzer::Filter> filter_of_waits;
  Clock::time_point next_timeline;
};

LiveFeed::LiveFeed(analyzer::Taxonomy taxonomy, QObject* parent) : QObject(parent), taxonomy_(std::move(taxonomy)) {
  timer_.setInterval(kBetweenLooksMs);
  connect(&timer_, &QTimer::timeout, this, &LiveFeed::look);
}

LiveFeed::~LiveFeed() = default;

Result<void> LiveFeed::start(const LiveSource& source) {
  source_ = source;
  std::string path = source.path.toStdString();
  if (!source.recorder.isEmpty()) {
    folder_ = std::make_unique<QTemporaryDir>();
    const QString file = folder_->filePath(QStringLiteral("live.slk"));
    recording_ = std::make_unique<Recording>();
    connect(recording_.get(), &Recording::completed, this, [this] { Q_EMIT ended(); });
    connect(recording_.get(), &Recording::failed, this, [this](const Error& error) {
      Q_EMIT failed(error);
      Q_EMIT ended();
    });
    if (!folder_->isValid()) return fail({"cannot make a temporary folder", "", "set TMPDIR", ExitCode::kNotPermitted});
    SOCKLOCK_TRY(recording_->start(source.runner, source.recorder, file, false));
    // The trace gets its name in the end: by a name of its own it is followed across that.
    path = folder_->filePath(QStringLiteral("followed.slk")).toStdString();
    if (::link(QFile::encodeName(recording_->partName()).constData(), path.c_str()) != 0)
      return fail({"cannot follow what is recorded", "'" + path + "'", "set TMPDIR", ExitCode::kNotPermitted});
  }
  state_ = std::make_shared<State>(taxonomy_, path);
  timer_.start();
  return {};
}

void LiveFeed::stop() {
  if (isRecording())
    recording_->stop();
  else
    timer_.stop();
}

void LiveFeed::order(Order change) {
  orders_.push_back(std::move(change));
  is_asked_ = true;
  look();
}

void LiveFeed::groupBy(analyzer::LiveGroup group) {
  order([group](State& state) { state.view.group_by(group); });
}

void LiveFeed::showOnly(const QString& row) {
  order([name = row.toStdString()](State& state) { state.view.show_only(name); });
}

void LiveFeed::showAll() {
  order([](State& state) { state.view.show_all(); });
}

void LiveFeed::freeze(bool is_frozen) {
  is_frozen_ = is_frozen;
  is_asked_ = true;
}

void LiveFeed::setLanes(LanesOf lanes) {
  lanes_ = lanes;
  is_asked_ = true;
}

// A look that takes longer than the time between two is waited for: none is given up half done.
void LiveFeed::look() {
  if (!state_ || looker_.isBusy() || (is_frozen_ && !is_asked_)) return;
  is_asked_ = false;
  looker_.start(
      [state = state_, orders = std::exchange(orders_, {}), is_frozen = is_frozen_, lanes = lanes_](Watch& /*watch*/) {
        const std::lock_guard lock(state->mutex);
        for (const Order& change : orders) change(*state);
        return lookAt(*state, is_frozen, lanes);
      },
      [this](const Look& look) { take(look); });
}

LiveFeed::Look LiveFeed::lookAt(State& state, bool is_frozen, LanesOf lanes) {
  auto moment = std::make_shared<LiveMoment>();
  const auto looked = within_memory([&]() -> Result<void> {
    if (!is_frozen) {
      SOCKLOCK_TRY(state.tail.poll());
      SOCKLOCK_TRY(state.view.take(state.tail));
    }
    moment->rows = state.view.rows();
    moment->totals = state.view.totals();
    moment->filter = state.view.filter();
    moment->has_rates = state.view.has_rates();
    moment->knows_run_delay = state.view.knows_run_delay();
    moment->has_ended = state.tail.has_ended();
    makeTimeline(state, *moment, lanes);
    return {};
  });
  if (!looked) return {nullptr, looked.error()};
  return {moment, std::nullopt};
}

namespace {

// Colours stay what they were, whatever is waited for most now.
void addClasses(const analyzer::EventTable& events, const analyzer::Taxonomy& taxonomy,
                std::vector<std::string>& classes) {
  std::vector<std::uint64_t> wait_ns(taxonomy.classes.size());
  const auto& kinds = events.labels_of_kinds();
  for (std::size_t i = 0; i < events.size(); ++i)
    wait_ns[static_cast<std::size_t>(kinds[events.kind[i]].lock_class)] += events.wait_ns[i];
  std::vector<std::size_t> order;
  for (std::size_t id = 0; id < wait_ns.size(); ++id)
    if (wait_ns[id] > 0) order.push_back(id);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return wait_ns[a] > wait_ns[b]; });
  for (const std::size_t id : order)
    if (std::find(classes.begin(), classes.end(), taxonomy.classes[id].name) == classes.end())
      classes.push_back(taxonomy.classes[id].name);
}

}  // namespace

// Of what is kept, as a trace of its own: all that reads traces reads it.
void LiveFeed::makeTimeline(State& state, LiveMoment& moment, LanesOf lanes) {
  const std::uint64_t first = firstKept(state.tail), last = state.tail.intervals();
  const bool is_other = last != state.seen_intervals || lanes != state.lanes || state.filter_of_waits != moment.filter;
  const auto begin = Clock::now();
  if (first < last && is_other && (begin >= state.next_timeline || moment.has_ended)) {
    const std::string path = state.scratch.filePath(QStringLiteral("kept.slk")).toStdString();
    std::remove(path.c_str());
    if (state.tail.write(first, last, path)) {
      auto events = analyzer::load_events(path, state.taxonomy);
      if (events) {
        addClasses(*events, state.taxonomy, state.classes);
        state.waits = gui::makeTimeline(std::make_shared<const analyzer::EventTable>(*std::move(events)),
                                        state.taxonomy, moment.filter, state.classes, lanes);
        state.waits_begin_ns = state.tail.span(first).begin_ns;
        state.kept_s = static_cast<double>(state.tail.span(last - 1).end_ns - state.waits_begin_ns) / 1e9;
      }
    }
    state.seen_intervals = last;
    state.lanes = lanes;
    state.filter_of_waits = moment.filter;
    const auto end = Clock::now();
    state.next_timeline = end + kRest * (end - begin);
  }
  moment.waits = state.waits;
  moment.waits_begin_ns = state.waits_begin_ns;
  moment.kept_s = state.kept_s;
}

void LiveFeed::take(const Look& look) {
  if (look.error) {
    timer_.stop();
    Q_EMIT failed(*look.error);
    return;
  }
  Q_EMIT looked(look.moment);
}

void LiveFeed::save(const QString& file) {
  if (!state_) return;
  saver_.start(
      [state = state_, file](Watch& /*watch*/) -> Result<void> {
        const std::lock_guard lock(state->mutex);
        const std::uint64_t first = firstKept(state->tail), last = state->tail.intervals();
        if (first == last) return fail({"nothing was recorded yet", "", "", ExitCode::kNotEnoughData});
        return state->tail.write(first, last, file.toStdString());
      },
      [this, file](const Result<void>& result) {
        if (result)
          Q_EMIT saved(file);
        else
          Q_EMIT failed(result.error());
      });
}

}  // namespace socklock::gui
