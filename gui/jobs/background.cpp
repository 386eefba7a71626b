// SPDX-License-Identifier: GPL-2.0-or-later
#include "gui/jobs/background.h"

namespace socklock::gui {

Background::Background(QObject* parent) : QObject(parent) {}

Background::~Background() {
  if (watch_) watch_->stop();
  pool_.waitForDone();
}

void Background::cancel() {
  if (!watch_) return;
  watch_->stop();
  watch_.reset();
  Q_EMIT busyChanged(false);
}

}  // namespace socklock::gui
