// SPDX-License-Identifier: GPL-2.0-or-later
// Work off the UI thread: one piece at a time counts, an older one is told to stop and its result dropped.
#pragma once

#include <QObject>
#include <QPointer>
#include <QThreadPool>
#include <atomic>
#include <functional>
#include <memory>
#include <utility>

namespace socklock::gui {

// Shared by a piece of work and who asked for it.
class Watch {
 public:
  void stop() { stopped_ = true; }
  [[nodiscard]] bool isStopped() const { return stopped_; }
  void setShare(double share) { share_ = share; }
  [[nodiscard]] double share() const { return share_; }  // done, 0 to 1

 private:
  std::atomic<bool> stopped_ = false;
  std::atomic<double> share_ = 0;
};

class Background : public QObject {
  Q_OBJECT
 public:
  explicit Background(QObject* parent = nullptr);
  ~Background() override;

  // `work(watch)` on a thread of the pool, then `done(result)` on the UI thread, unless other work was started
  // or cancel() was called meanwhile. `work` owns all that it touches.
  template <typename Work, typename Done>
  void start(Work work, Done done) {
    cancel();
    auto watch = std::make_shared<Watch>();
    watch_ = watch;
    Q_EMIT busyChanged(true);
    pool_.start([self = QPointer<Background>(this), watch, work = std::move(work), done = std::move(done)]() mutable {
      if (watch->isStopped()) return;
      auto result = std::make_shared<decltype(work(*watch))>(work(*watch));
      if (watch->isStopped()) return;
      // The object outlives its pool's threads, so it is there to be called.
      QMetaObject::invokeMethod(
          self.data(),
          [self, watch, result, done = std::move(done)]() mutable {
            if (self.isNull() || watch->isStopped() || self->watch_ != watch) return;
            self->watch_.reset();
            Q_EMIT self->busyChanged(false);
            done(std::move(*result));
          },
          Qt::QueuedConnection);
    });
  }

  void cancel();
  [[nodiscard]] bool isBusy() const { return watch_ != nullptr; }
  [[nodiscard]] double share() const { return watch_ ? watch_->share() : 1; }

 Q_SIGNALS:
  void busyChanged(bool busy);

 private:
  QThreadPool pool_;
  std::shared_ptr<Watch> watch_;
};

}  // namespace socklock::gui
