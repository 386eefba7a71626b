// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/field/uring.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

Uring::Uring() {
  fd_ = static_cast<int>(syscall(SYS_io_uring_setup, 4, &parameters_));
  if (fd_ < 0 || (parameters_.features & IORING_FEAT_SINGLE_MMAP) == 0) {
    refused_ = fd_ < 0 ? errno : ENOSYS;
    return;
  }
  rings_bytes_ = std::max(parameters_.sq_off.array + parameters_.sq_entries * sizeof(unsigned),
                          parameters_.cq_off.cqes + parameters_.cq_entries * sizeof(io_uring_cqe));
  void* const rings =
      mmap(nullptr, rings_bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd_, IORING_OFF_SQ_RING);
  void* const entries = mmap(nullptr, parameters_.sq_entries * sizeof(io_uring_sqe), PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_POPULATE, fd_, IORING_OFF_SQES);
  if (rings == MAP_FAILED || entries == MAP_FAILED) {
    refused_ = errno;
    return;
  }
  rings_ = static_cast<unsigned char*>(rings);
  entries_ = static_cast<io_uring_sqe*>(entries);
}

Uring::~Uring() {
  if (rings_ != nullptr) munmap(rings_, rings_bytes_);
  if (entries_ != nullptr) munmap(entries_, parameters_.sq_entries * sizeof(io_uring_sqe));
  if (fd_ >= 0) close(fd_);
}

int Uring::request(int operation, int fd, void* data, unsigned bytes) {
  unsigned* const tail = at<unsigned>(rings_, parameters_.sq_off.tail);
  const unsigned slot = *tail & (parameters_.sq_entries - 1);
  entries_[slot] = {};
  entries_[slot].opcode = static_cast<__u8>(operation);
  entries_[slot].fd = fd;
  entries_[slot].addr = reinterpret_cast<std::uintptr_t>(data);
  entries_[slot].len = bytes;
  at<unsigned>(rings_, parameters_.sq_off.array)[slot] = slot;
  __atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
  while (syscall(SYS_io_uring_enter, fd_, 1, 1, IORING_ENTER_GETEVENTS, nullptr, 0) < 0)
    if (errno != EINTR) return -errno;
  unsigned* const head = at<unsigned>(rings_, parameters_.cq_off.head);
  while (__atomic_load_n(at<unsigned>(rings_, parameters_.cq_off.tail), __ATOMIC_ACQUIRE) == *head)
    syscall(SYS_io_uring_enter, fd_, 0, 1, IORING_ENTER_GETEVENTS, nullptr, 0);
  const int result = at<io_uring_cqe>(rings_, parameters_.cq_off.cqes)[*head & (parameters_.cq_entries - 1)].res;
  __atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
  return result;
}
