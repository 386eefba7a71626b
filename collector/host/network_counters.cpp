// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/host/network_counters.h"

#include <algorithm>
#include <charconv>

namespace socklock::collector {
namespace {

// What is before the first `end`, which both leave `text`; all of it where there is none.
std::string_view take_until(std::string_view& text, char end) {
  const std::size_t length = text.find(end);
  const std::string_view taken = text.substr(0, length);
  text.remove_prefix(length == std::string_view::npos ? text.size() : length + 1);
  return taken;
}

std::string_view group_of(std::string_view line) { return line.substr(0, line.find(':')); }

std::string full_name(std::string_view group, std::string_view name) {
  std::string full(group);
  full += '.';
  return full += name;
}

}  // namespace

NetworkCounters NetworkReader::read() {
  text_ = snmp_.read_record();
  text_ += netstat_.read_record();
  return NetworkCounters::parse(text_);
}

NetworkCounters NetworkCounters::parse(std::string_view text) {
  NetworkCounters counters;
  while (!text.empty()) {
    const std::string_view names = take_until(text, '\n');
    std::string_view values = take_until(text, '\n');
    const std::string_view group = group_of(names);
    if (group.empty() || group.size() + 2 > std::min(names.size(), values.size()) || group_of(values) != group)
      continue;
    values.remove_prefix(group.size() + 2);
    const auto words = static_cast<std::size_t>(std::count(names.begin(), names.end(), ' '));
    const std::size_t end = counters.values_.size() + words;
    while (!values.empty() && counters.values_.size() < end) {
      const std::string_view word = take_until(values, ' ');
      // Tcp.MaxConn is -1 where there is no limit: not a number, and so nothing.
      std::from_chars(word.data(), word.data() + word.size(), counters.values_.emplace_back());
    }
    counters.values_.resize(end);
    counters.names_.append(names).append(1, '\n');
  }
  return counters;
}

template <typename Use>
void NetworkCounters::for_each(Use use) const {
  std::size_t i = 0;
  for (std::string_view rest = names_; !rest.empty();) {
    std::string_view names = take_until(rest, '\n');
    const std::string_view group = group_of(take_until(names, ' '));
    for (; !names.empty() && i < values_.size(); ++i) use(i, group, take_until(names, ' '));
  }
}

std::map<std::string, std::uint64_t> NetworkCounters::by_name() const {
  std::map<std::string, std::uint64_t> named;
  for_each([&](std::size_t i, std::string_view group, std::string_view name) {
    named[full_name(group, name)] = values_[i];
  });
  return named;
}

std::vector<std::pair<std::string, std::uint64_t>> NetworkCounters::grown_since(const NetworkCounters& before) const {
  std::vector<std::pair<std::string, std::uint64_t>> grown;
  const bool same_names = names_ == before.names_;
  const auto named = same_names ? std::map<std::string, std::uint64_t>{} : before.by_name();
  for_each([&](std::size_t i, std::string_view group, std::string_view name) {
    if (same_names && values_[i] <= before.values_[i]) return;
    std::string full = full_name(group, name);
    const auto old = named.find(full);
    if (!same_names && old == named.end()) return;
    const std::uint64_t value = same_names ? before.values_[i] : old->second;
    if (values_[i] > value) grown.emplace_back(std::move(full), values_[i] - value);
  });
  return grown;
}

}  // namespace socklock::collector
