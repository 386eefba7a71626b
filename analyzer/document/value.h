// SPDX-License-Identifier: GPL-2.0-or-later
// What machines read of a document: keys and values as JSON has them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "analyzer/document/figure.h"

namespace socklock::analyzer {

class Value {
 public:
  using List = std::vector<Value>;
  using Object = std::vector<std::pair<std::string, Value>>;  // in the order of the keys
  using Held = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, List, Object>;

  Value() = default;  // null
  Value(List list) : held_(std::move(list)) {}
  Value(Object object) : held_(std::move(object)) {}
  Value(const char* text) : held_(std::string(text)) {}
  Value(std::string_view text) : held_(std::string(text)) {}
  Value(std::string text) : held_(std::move(text)) {}
  // Null where there is no figure.
  Value(const Figure& figure);
  template <typename Number, std::enable_if_t<std::is_arithmetic_v<Number>, int> = 0>
  Value(Number number) : held_(held_of(number)) {}
  template <typename T>
  Value(const std::optional<T>& value) {
    if (value) *this = Value(*value);
  }
  Value(const std::vector<std::string>& words) : held_(List(words.begin(), words.end())) {}
  Value(const std::map<std::string, std::uint64_t>& counts) : held_(Object(counts.begin(), counts.end())) {}

  [[nodiscard]] const Held& held() const { return held_; }
  // Of an object: a further key.
  void add(std::string key, Value value) { std::get<Object>(held_).emplace_back(std::move(key), std::move(value)); }
  // Of a list.
  void add(Value value) { std::get<List>(held_).push_back(std::move(value)); }

 private:
  template <typename Number>
  static Held held_of(Number number) {
    if constexpr (std::is_same_v<Number, bool>)
      return number;
    else if constexpr (std::is_floating_point_v<Number>)
      return static_cast<double>(number);
    else if constexpr (std::is_signed_v<Number>)
      return static_cast<std::int64_t>(number);
    else
      return static_cast<std::uint64_t>(number);
  }

  Held held_;
};

// A list of what `value_of` makes of each of `items`.
template <typename Items, typename ValueOf>
Value list_of(const Items& items, ValueOf value_of) {
  Value::List list;
  for (const auto& item : items) list.push_back(value_of(item));
  return list;
}

}  // namespace socklock::analyzer
