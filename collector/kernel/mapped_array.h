// SPDX-License-Identifier: GPL-2.0-or-later
// A BPF array map in our own memory.
#pragma once

#include <bpf/libbpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <utility>

#include "base/result.h"

namespace socklock::collector {

template <typename T>
class MappedArray {
  static_assert(sizeof(T) % 8 == 0, "the kernel rounds array elements up to 8 bytes");

 public:
  MappedArray() = default;
  MappedArray(MappedArray&& other) noexcept : elements_(std::exchange(other.elements_, {})) {}
  MappedArray& operator=(MappedArray&& other) noexcept {
    std::swap(elements_, other.elements_);
    return *this;
  }
  ~MappedArray() {
    if (!elements_.empty()) munmap(elements_.data(), bytes(elements_.size()));
  }

  static Result<MappedArray> map(const bpf_map* map) {
    return MappedArray::map(bpf_map__fd(map), bpf_map__max_entries(map), bpf_map__name(map));
  }
  // The same of a descriptor: `count` elements; `name` for errors.
  static Result<MappedArray> map(int descriptor, std::size_t count, const char* name) {
    void* memory = mmap(nullptr, bytes(count), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (memory == MAP_FAILED)
      return fail({std::string("cannot map a BPF array: ") + std::strerror(errno), name, "", ExitCode::kKernelLacks});
    MappedArray array;
    array.elements_ = {static_cast<T*>(memory), count};
    return array;
  }

  T& operator[](std::size_t i) const { return elements_[i]; }
  [[nodiscard]] std::size_t size() const { return elements_.size(); }
  [[nodiscard]] std::span<T> all() const { return elements_; }
  [[nodiscard]] std::span<T> part(std::size_t first, std::size_t count) const {
    return elements_.subspan(first, count);
  }

 private:
  static std::size_t bytes(std::size_t count) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    return (count * sizeof(T) + page - 1) / page * page;
  }
  std::span<T> elements_;
};

}  // namespace socklock::collector
