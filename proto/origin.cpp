// SPDX-License-Identifier: GPL-2.0-or-later
#include "proto/origin.h"

namespace socklock::trace {

v1::Knows encode(const Knows& knows) {
  v1::Knows message;
  message.set_duration(knows.duration);
  message.set_distribution(knows.distribution);
  message.set_work(knows.work);
  message.set_acquisitions(knows.acquisitions);
  message.set_acquisition_paths(knows.acquisition_paths);
  message.set_holds(knows.holds);
  message.set_system(knows.system == System::kFreebsd ? v1::SYSTEM_FREEBSD : v1::SYSTEM_LINUX);
  return message;
}

Knows decode(const v1::Knows& message) {
  return {message.duration(),
          message.distribution(),
          message.work(),
          message.acquisitions(),
          message.acquisition_paths(),
          message.holds(),
          message.system() == v1::SYSTEM_FREEBSD ? System::kFreebsd : System::kLinux};
}

}  // namespace socklock::trace
