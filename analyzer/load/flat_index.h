// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers distinct 128-bit keys densely in order of first sight. Open addressing with linear probing:
// decoding ten million events a second leaves about 100 ns for each, too little for a node-based map.
#pragma once

#include <algorithm>
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
    const std::uint64_t mixed = hash(key);
    std::size_t slot = mixed & mask_;
    for (; slots_[slot].number != 0; slot = (slot + 1) & mask_)
      if (slots_[slot].tag == tag_of(mixed) && keys_[slots_[slot].number - 1] == key) return slots_[slot].number - 1;
    return add(key, mixed, slot);
  }

  // Forgets all keys. What it takes is in proportion to the keys that there were, not to the most that ever were.
  void clear() {
    if (slots_.size() / kMostSlotsPerKey > std::max(keys_.size(), kFirstSlots)) slots_ = std::vector<Slot>(kFirstSlots);
    std::fill(slots_.begin(), slots_.end(), Slot{});
    mask_ = slots_.size() - 1;
    keys_.clear();
  }

  [[nodiscard]] std::size_t size() const { return keys_.size(); }
  [[nodiscard]] const std::vector<FlatKey>& keys() const { return keys_; }

 private:
  // Without the key itself, so that those of ten thousand keys stay in a cache of the processor; the tag, other bits of
  // the hash than the slot's, tells nearly always whether it is worth looking at.
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t number = 0;  // plus one; 0: free
  };

  static std::uint32_t tag_of(std::uint64_t mixed) { return static_cast<std::uint32_t>(mixed >> 32); }

  static std::uint64_t hash(FlatKey key) {
    // Multiply and fold: keys are small dense ids, so the high half of the product carries all of them.
    const std::uint64_t mixed = (key.high ^ 0x9e37'79b9'7f4a'7c15U) * 0xff51'afd7'ed55'8ccdU + key.low;
    const std::uint64_t folded = (mixed ^ (mixed >> 32)) * 0xc4ce'b9fe'1a85'ec53U;
    return folded ^ (folded >> 29);
  }

  std::uint32_t add(FlatKey key, std::uint64_t mixed, std::size_t slot) {
    keys_.push_back(key);
    const auto number = static_cast<std::uint32_t>(keys_.size());
    if (keys_.size() * 2 > slots_.size()) {
      grow();
    } else {
      slots_[slot] = {tag_of(mixed), number};
    }
    return number - 1;
  }

  void grow() {
    slots_.assign(slots_.size() * 4, Slot{});
    mask_ = slots_.size() - 1;
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      const std::uint64_t mixed = hash(keys_[i]);
      std::size_t slot = mixed & mask_;
      while (slots_[slot].number != 0) slot = (slot + 1) & mask_;
      slots_[slot] = {tag_of(mixed), static_cast<std::uint32_t>(i + 1)};
    }
  }

  static constexpr std::size_t kFirstSlots = 1024;
  static constexpr std::size_t kMostSlotsPerKey = 32;

  std::vector<Slot> slots_ = std::vector<Slot>(kFirstSlots);
  std::size_t mask_ = kFirstSlots - 1;
  std::vector<FlatKey> keys_;
};

}  // namespace socklock::analyzer
