// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/jobs/timeline_load.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "analyzer/label/load_events.h"
#include "analyzer/label/load_runs.h"
#include "base/out_of_memory.h"

namespace socklock::gui {
namespace {

// Of the work for a run; the rest is making what is drawn.
constexpr double kReadShare = 0.85;
// Also where there is one CPU: the other reads while one waits for the disk.
constexpr std::size_t kLeastReaders = 2;

double bytesOf(const std::string& path) {
  return static_cast<double>(std::max<std::uint64_t>(1, analyzer::bytes_of({path})));
}

// Waits that are read, for as long as somebody shows them: the page and the dock show the same.
struct SharedEvents {
  std::mutex mutex;
  std::map<std::string, std::weak_ptr<const analyzer::EventTable>> by_path;
};

SharedEvents& sharedOnes() {
  static SharedEvents shared;
  return shared;
}

EventsPtr sharedEvents(const std::string& path) {
  SharedEvents& shared = sharedOnes();
  const std::lock_guard lock(shared.mutex);
  const auto found = shared.by_path.find(path);
  return found == shared.by_path.end() ? nullptr : found->second.lock();
}

void shareEvents(const std::string& path, const EventsPtr& events) {
  SharedEvents& shared = sharedOnes();
  const std::lock_guard lock(shared.mutex);
  std::erase_if(shared.by_path, [](const auto& one) { return one.second.expired(); });
  shared.by_path[path] = events;
}

// Takes the share of a run's work that is done.
using Advance = std::function<void(double share)>;

Result<EventsPtr> loadEvents(const std::string& path, const TimelineRequest& request, const Watch& watch,
                             const Advance& advance) {
  if (EventsPtr shared = sharedEvents(path)) return shared;
  const auto goes_on = [&watch, &advance, of = bytesOf(path)](std::uint64_t bytes) {
    advance(kReadShare * static_cast<double>(bytes) / of);
    return !watch.isStopped();
  };
  SOCKLOCK_TRY_ASSIGN(
      auto table, within_memory([&] { return analyzer::load_events(path, request.taxonomy, {.progress = goes_on}); }));
  auto events = std::make_shared<const analyzer::EventTable>(std::move(table));
  shareEvents(path, events);
  return events;
}

// How far all of the work is, told by several at a time.
class Shares {
 public:
  Shares(const std::vector<std::string>& paths, Watch& watch) : watch_(watch), done_(paths.size()) {
    for (const std::string& path : paths) bytes_.push_back(bytesOf(path));
    for (const double bytes : bytes_) all_bytes_ += bytes;
  }
  void tell(std::size_t run, double share) {
    done_[run] = share * bytes_[run] / all_bytes_;
    double sum = 0;
    for (const std::atomic<double>& done : done_) sum += done;
    watch_.setShare(sum);
  }

 private:
  Watch& watch_;
  std::vector<double> bytes_;
  double all_bytes_ = 0;
  std::vector<std::atomic<double>> done_;
};

std::vector<Result<TimelineDataPtr>> loadEach(const std::vector<std::string>& paths, const TimelineRequest& request,
                                              Watch& watch) {
  std::vector<Result<TimelineDataPtr>> loaded(paths.size(), TimelineDataPtr());
  Shares shares(paths, watch);
  std::atomic<std::size_t> next = 0;
  const auto load_one = [&](std::size_t run) -> Result<TimelineDataPtr> {
    SOCKLOCK_TRY_ASSIGN(const EventsPtr events, loadEvents(paths[run], request, watch,
                                                           [&shares, run](double share) { shares.tell(run, share); }));
    auto made = within_memory([&]() -> Result<TimelineDataPtr> {
      return makeTimeline(events, request.taxonomy, request.filter, request.classes, request.lanes);
    });
    shares.tell(run, 1);
    return made;
  };
  const auto work = [&] {
    for (std::size_t run = next++; run < paths.size() && !watch.isStopped(); run = next++) loaded[run] = load_one(run);
  };
  const std::size_t readers = std::max<std::size_t>(kLeastReaders, std::thread::hardware_concurrency());
  std::vector<std::thread> others;
  try {
    for (std::size_t i = 1; i < std::min(readers, paths.size()); ++i) others.emplace_back(work);
  } catch (const std::exception&) {
    // No more threads, or memory for one, are to be had: fewer do.
  }
  work();
  for (std::thread& other : others) other.join();
  return loaded;
}

}  // namespace

LoadedTimelines loadTimelines(const TimelineRequest& request, Watch& watch) {
  std::vector<std::string> paths;  // each once
  for (const std::string& path : request.paths)
    if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
  const std::vector<Result<TimelineDataPtr>> each = loadEach(paths, request, watch);
  LoadedTimelines loaded;
  for (const Result<TimelineDataPtr>& one : each)
    if (!one) loaded.errors.push_back(one.error().message());
  for (const std::string& path : request.paths) {
    const auto at = static_cast<std::size_t>(std::find(paths.begin(), paths.end(), path) - paths.begin());
    loaded.runs.push_back(each[at] ? *each[at] : nullptr);
  }
  return loaded;
}

}  // namespace socklock::gui
