// SPDX-License-Identifier: GPL-2.0-or-later
// gui_bench BEFORE AFTER: how long the viewer takes to its first page and to each frame of the timeline, and
// for how long it blocks, without a display. Traces of many events are made by replicate.
#include <sys/resource.h>
#include <time.h>

#include <QApplication>
#include <QElapsedTimer>
#include <QTest>
#include <QTimer>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>
#include <utility>
#include <vector>

#include "gui/app/main_window.h"
#include "gui/models/event_model.h"
#include "gui/views/timeline_page.h"
#include "gui/views/timeline_view.h"

using namespace socklock;

namespace {

// The longest time in which the event loop did not turn.
class Heartbeat {
 public:
  Heartbeat() {
    clock_.start();
    QObject::connect(&timer_, &QTimer::timeout, [this] { longest_ms_ = std::max(longest_ms_, ms(clock_.restart())); });
    timer_.start(1);
  }
  double take() { return std::exchange(longest_ms_, 0); }

 private:
  static double ms(qint64 value) { return static_cast<double>(value); }
  QTimer timer_;
  QElapsedTimer clock_;
  double longest_ms_ = 0;
};

// Of all threads.
double processCpuMs() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto ms = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

double largestMB() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) * 1024 / 1e6;
}

// Of this thread, which is what a frame costs; wall time is what it takes on a machine that has other work.
double cpuMs() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

// How evenly the bar moves: its share beside that of the CPU time which all of the work took.
class ProgressLog {
 public:
  void take(double share) { points_.push_back({processCpuMs(), share}); }
  // Percent of the way that the bar was off, at worst.
  [[nodiscard]] double farthestOff(double begin_ms, double end_ms) const {
    double farthest = 0;
    for (const auto& [cpu_ms, share] : points_)
      farthest = std::max(farthest, std::abs(share - (cpu_ms - begin_ms) / (end_ms - begin_ms)));
    return 100 * farthest;
  }

 private:
  std::vector<std::pair<double, double>> points_;
};

double at(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1))];
}

// From the whole run down to microseconds, anywhere.
void measureFrames(gui::TimelineView& view) {
  std::mt19937_64 random(1);
  std::vector<double> frames_ms, cpu_ms;
  const double whole = static_cast<double>(view.range().end_ns);
  for (int step = 0; step < 600; ++step) {
    const double span = whole * std::pow(10, -6.0 * static_cast<double>(random() % 1000) / 1000);
    const double begin = (whole - span) * static_cast<double>(random() % 1000) / 1000;
    QElapsedTimer frame;
    const double cpu_before = cpuMs();
    frame.start();
    view.setRange(begin, begin + span);
    view.repaint();
    cpu_ms.push_back(cpuMs() - cpu_before);
    frames_ms.push_back(static_cast<double>(frame.nsecsElapsed()) / 1e6);
  }
  std::printf("frame of the timeline %7.1f ms median, %.1f ms p99, %.1f ms longest\n", at(frames_ms, 0.5),
              at(frames_ms, 0.99), at(frames_ms, 1));
  std::printf("  its CPU time         %7.1f ms median, %.1f ms p99, %.1f ms longest\n", at(cpu_ms, 0.5),
              at(cpu_ms, 0.99), at(cpu_ms, 1));
}

}  // namespace

int main(int argc, char** argv) {
  qputenv("QT_QPA_PLATFORM", "offscreen");
  QApplication app(argc, argv);
  if (argc != 3) {
    std::fprintf(stderr, "usage: gui_bench BEFORE AFTER\n");
    return 2;
  }
  gui::MainWindow window(analyzer::Taxonomy::built_in());
  window.resize(1600, 1000);
  window.show();
  Heartbeat heartbeat;
  QElapsedTimer clock;
  clock.start();
  ProgressLog progress;
  QObject::connect(&window.session(), &gui::Session::progressed, [&progress](double share) { progress.take(share); });
  const double cpu_at_start = processCpuMs();
  window.open({QString::fromLocal8Bit(argv[1])}, {QString::fromLocal8Bit(argv[2])});
  if (!QTest::qWaitFor([&] { return window.isSettled(); }, 600'000) || !window.session().findings()) return 3;
  const double cpu_at_answer = processCpuMs();
  window.grab();
  std::printf("first page            %8.0f ms CPU (%.0f ms wall), longest block %.0f ms\n",
              processCpuMs() - cpu_at_start, static_cast<double>(clock.elapsed()), heartbeat.take());
  std::printf("progress bar          %8.0f %% of the way off at worst\n",
              progress.farthestOff(cpu_at_start, cpu_at_answer));
  const double cpu_at_timeline = processCpuMs();
  ProgressLog timeline_progress;
  for (auto* const shown : window.findChildren<gui::TimelinePage*>())
    QObject::connect(shown->progress(), &QProgressBar::valueChanged, [&timeline_progress, shown](int value) {
      if (value > 0) timeline_progress.take(static_cast<double>(value) / shown->progress()->maximum());
    });
  clock.restart();
  window.showPage(QStringLiteral("timeline"));
  if (!QTest::qWaitFor([&] { return window.isSettled(); }, 600'000)) return 3;
  gui::TimelinePage& page = *window.findChildren<gui::TimelinePage*>().front();
  const auto events = page.events()->timeline() ? page.events()->timeline()->events->size() : 0;
  std::printf("timeline              %8.0f ms CPU (%.0f ms wall), longest block %.0f ms, %zu events before\n",
              processCpuMs() - cpu_at_timeline, static_cast<double>(clock.elapsed()), heartbeat.take(), events);
  std::printf("progress bar          %8.0f %% of the way off at worst\n",
              timeline_progress.farthestOff(cpu_at_timeline, processCpuMs()));
  std::printf("largest memory        %8.0f MB\n", largestMB());
  measureFrames(*page.view());
  return 0;
}
