// SPDX-License-Identifier: GPL-2.0-or-later
// Changes of a protobuf message that leave it one: of fields, whatever they mean, and of rows in packed columns. Bytes
// changed at random mostly break the lengths that enclose them, so that nothing behind them is read.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace socklock::fuzz {

using Random = std::minstd_rand;

// A number that code tends to have a limit at, or one near `value`.
std::uint64_t telling_number(std::uint64_t value, Random& random);

// An input of before, or `input` where it is the first: what a part of may be put into another.
std::string another_input(std::string_view input, Random& random);

// `message` with one of its fields, or one of a message in it, changed, doubled, left out, moved, or taken from
// `other`. Bytes that are no message are changed as bytes.
std::string mutated_message(const std::string& message, const std::string& other, Random& random);

}  // namespace socklock::fuzz
