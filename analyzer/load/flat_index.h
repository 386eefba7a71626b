// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers distinct 128-bit keys densely in order of first sight. Open addressing with linear probing:
// decoding ten million events a second leaves about 100 ns for each, too little for a node-based map.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace socklock::analyzer {

struct FlatKey {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  bool operator==(const FlatKey&) const = default;
};

class FlatIndex {
 public:
  // The number of `key`, which is size() - 1 when it is new.
  std::uint32_t find_or_add(FlatKey key) {
    std::size_t slot = hash(key) & mask_;
    while (slots_[slot].number != 0) {
      if (slots_[slot].key == key) return slots_[slot].number - 1;
      slot = (slot + 1) & mask_;
    }
    return add(key, slot);
  }

  [[nodiscard]] std::size_t size() const { return keys_.size(); }
  [[nodiscard]] const std::vector<FlatKey>& keys() const { return keys_; }

 private:
  struct Slot {
    FlatKey key;
    std::uint32_t number = 0;  // plus one; 0: free
  };

  static std::size_t hash(FlatKey key) {
    // Multiply and fold: keys are small dense ids, so the high half of the product carries all of them.
    const std::uint64_t mixed = (key.high ^ 0x9e37'79b9'7f4a'7c15U) * 0xff51'afd7'ed55'8ccdU + key.low;
    const std::uint64_t folded = (mixed ^ (mixed >> 32)) * 0xc4ce'b9fe'1a85'ec53U;
    return static_cast<std::size_t>(folded ^ (folded >> 29));
  }

  std::uint32_t add(FlatKey key, std::size_t slot) {
    keys_.push_back(key);
    const auto number = static_cast<std::uint32_t>(keys_.size());
    if (keys_.size() * 2 > slots_.size()) {
      grow();
    } else {
      slots_[slot] = {key, number};
    }
    return number - 1;
  }

  void grow() {
    slots_.assign(slots_.size() * 4, Slot{});
    mask_ = slots_.size() - 1;
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      std::size_t slot = hash(keys_[i]) & mask_;
      while (slots_[slot].number != 0) slot = (slot + 1) & mask_;
      slots_[slot] = {keys_[i], static_cast<std::uint32_t>(i + 1)};
    }
  }

  std::vector<Slot> slots_ = std::vector<Slot>(1024);
  std::size_t mask_ = 1023;
  std::vector<FlatKey> keys_;
};

}  // namespace socklock::analyzer
