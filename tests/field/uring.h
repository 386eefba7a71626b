// SPDX-License-Identifier: GPL-2.0-or-later
// An io_uring for one request at a time, without liburing: io_uring_setup(2), io_uring_enter(2).
#pragma once

#include <linux/io_uring.h>

#include <cstddef>

class Uring {
 public:
  Uring();
  Uring(const Uring&) = delete;
  Uring& operator=(const Uring&) = delete;
  ~Uring();

  // Why there is none, errno; 0: there is one.
  [[nodiscard]] int refused() const { return refused_; }
  // The result of one request: as of the system call, negative errno.
  int request(int operation, int fd, void* data, unsigned bytes);

 private:
  template <typename T>
  T* at(unsigned char* ring, unsigned offset) {
    return reinterpret_cast<T*>(ring + offset);
  }

  io_uring_params parameters_{};
  int fd_ = -1;
  int refused_ = 0;
  unsigned char* rings_ = nullptr;  // submissions and completions share a mapping
  std::size_t rings_bytes_ = 0;
  io_uring_sqe* entries_ = nullptr;
};
