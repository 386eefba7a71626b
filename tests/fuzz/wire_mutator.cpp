// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/fuzz/wire_mutator.h"

#include <array>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace socklock::fuzz {
namespace {

// Of protobuf's encoding: what the low three bits of a field's tag say.
constexpr std::uint64_t kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5;
constexpr int kDeepest = 6;

struct Field {
  std::uint64_t tag = 0;
  std::uint64_t number = 0;  // of a varint
  std::string bytes{};       // of any other
};

std::optional<std::uint64_t> take_varint(std::string_view& from) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !from.empty(); shift += 7) {
    const auto byte = static_cast<std::uint8_t>(from.front());
    from.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

void append_varint(std::string& to, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) to += static_cast<char>(value | 0x80);
  to += static_cast<char>(value);
}

std::optional<std::string> take_bytes(std::string_view& from, std::uint64_t count) {
  if (count > from.size()) return std::nullopt;
  std::string bytes(from.substr(0, count));
  from.remove_prefix(count);
  return bytes;
}

std::optional<Field> take_field(std::string_view& from) {
  Field field;
  const auto tag = take_varint(from);
  if (!tag || *tag >> 3 == 0) return std::nullopt;
  field.tag = *tag;
  const std::uint64_t kind = *tag & 7;
  if (kind != kVarint && kind != kFixed64 && kind != kBytes && kind != kFixed32) return std::nullopt;
  if (kind == kVarint) {
    const auto number = take_varint(from);
    if (!number) return std::nullopt;
    field.number = *number;
    return field;
  }
  const auto length = kind == kBytes ? take_varint(from) : std::optional<std::uint64_t>(kind == kFixed64 ? 8 : 4);
  auto bytes = length ? take_bytes(from, *length) : std::nullopt;
  if (!bytes) return std::nullopt;
  field.bytes = *std::move(bytes);
  return field;
}

// Nothing where it is no message.
std::vector<Field> fields_of(std::string_view message) {
  std::vector<Field> fields;
  while (!message.empty()) {
    auto field = take_field(message);
    if (!field) return {};
    fields.push_back(*std::move(field));
  }
  return fields;
}

std::string message_of(const std::vector<Field>& fields) {
  std::string message;
  for (const Field& field : fields) {
    append_varint(message, field.tag);
    if ((field.tag & 7) == kVarint) append_varint(message, field.number);
    if ((field.tag & 7) == kBytes) append_varint(message, field.bytes.size());
    message += field.bytes;
  }
  return message;
}

std::vector<std::uint64_t> numbers_of(std::string_view column) {
  std::vector<std::uint64_t> numbers;
  while (!column.empty()) {
    const auto number = take_varint(column);
    if (!number) return {};
    numbers.push_back(*number);
  }
  return numbers;
}

// Rows of a packed column: one changed, left out, doubled, or many more of them.
std::string mutated_column(std::vector<std::uint64_t> numbers, Random& random) {
  const auto at = numbers.begin() + static_cast<std::ptrdiff_t>(random() % numbers.size());
  switch (random() % 5) {
    case 0: numbers.erase(at); break;
    case 1: numbers.insert(at, telling_number(*at, random)); break;
    case 2: numbers.insert(numbers.end(), 1 + random() % 300, *at); break;
    default: *at = telling_number(*at, random);
  }
  std::string column;
  for (const std::uint64_t number : numbers) append_varint(column, number);
  return column;
}

std::string mutated_bytes(std::string bytes) {
  const std::size_t size = bytes.size();
  bytes.resize(size + 64);
  bytes.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(bytes.data()), size, bytes.size()));
  return bytes;
}

std::string mutated(const std::string& message, const std::string& other, Random& random, int depth);

std::string mutated_value(const Field& field, const std::vector<Field>& others, Random& random, int depth) {
  if (!fields_of(field.bytes).empty() && depth < kDeepest && random() % 4 != 0) {
    std::string like;
    for (const Field& one : others)
      if (one.tag == field.tag) like = one.bytes;
    return mutated(field.bytes, like, random, depth + 1);
  }
  if (auto numbers = numbers_of(field.bytes); !numbers.empty() && random() % 3 != 0)
    return mutated_column(std::move(numbers), random);
  return mutated_bytes(field.bytes);
}

std::string mutated(const std::string& message, const std::string& other, Random& random, int depth) {
  std::vector<Field> fields = fields_of(message);
  if (fields.empty()) return mutated_bytes(message);
  const std::vector<Field> others = fields_of(other);
  const auto index = random() % fields.size();
  const auto at = fields.begin() + static_cast<std::ptrdiff_t>(index);
  switch (random() % 12) {
    case 0: fields.erase(at); break;
    case 1: fields.insert(at, Field(*at)); break;
    case 2: std::swap(*at, fields[random() % fields.size()]); break;
    case 3:
      if (!others.empty()) fields.insert(at, others[random() % others.size()]);
      break;
    case 4:
      if (!others.empty()) *at = others[random() % others.size()];
      break;
    default:
      if ((at->tag & 7) == kVarint)
        at->number = telling_number(at->number, random);
      else
        at->bytes = (at->tag & 7) == kBytes ? mutated_value(*at, others, random, depth)
                                            : std::string(at->bytes.size(), static_cast<char>(random()));
  }
  return message_of(fields);
}

}  // namespace

std::uint64_t telling_number(std::uint64_t value, Random& random) {
  constexpr std::array<std::uint64_t, 14> kLimits{0,
                                                  1,
                                                  2,
                                                  63,
                                                  64,
                                                  255,
                                                  (1U << 20) - 1,
                                                  (1U << 20) + 1,
                                                  0x7fff'ffff,
                                                  0xffff'ffff,
                                                  std::uint64_t{1} << 53,
                                                  0x7fff'ffff'ffff'ffff,
                                                  0x8000'0000'0000'0000,
                                                  0xffff'ffff'ffff'ffff};
  switch (random() % 6) {
    case 0: return value + 1;
    case 1: return value - 1;
    case 2: return value ^ (std::uint64_t{1} << (random() % 64));
    case 3: return random();
    default: return kLimits[random() % kLimits.size()];
  }
}

std::string another_input(std::string_view input, Random& random) {
  constexpr std::size_t kKept = 64;
  static std::vector<std::string> kept;
  if (kept.size() < kKept)
    kept.emplace_back(input);
  else if (random() % 16 == 0)
    kept[random() % kKept] = input;
  return kept[random() % kept.size()];
}

std::string mutated_message(const std::string& message, const std::string& other, Random& random) {
  return mutated(message, other, random, 0);
}

}  // namespace socklock::fuzz
