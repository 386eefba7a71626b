// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/render/formats.h"

#include <algorithm>
#include <cctype>

namespace socklock::analyzer {
namespace {

template <typename Matches>
const Format* find(Matches matches) {
  const auto* const found = std::find_if(kFormats.begin(), kFormats.end(), matches);
  return found == kFormats.end() ? nullptr : found;
}

}  // namespace

std::vector<std::string> format_names() {
  std::vector<std::string> names;
  for (const Format& format : kFormats) names.emplace_back(format.name);
  return names;
}

std::vector<std::string> format_endings() {
  std::vector<std::string> endings;
  for (const Format& format : kFormats) endings.emplace_back(format.ending);
  return endings;
}

const Format* format_named(std::string_view name) {
  return find([name](const Format& format) { return format.name == name; });
}

const Format* format_of_file(std::string_view path) {
  const std::string_view file = path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1);
  const std::size_t point = file.rfind('.');
  if (point == std::string_view::npos || point == 0) return nullptr;
  std::string ending(file.substr(point + 1));
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return std::tolower(c); });
  return find([&ending](const Format& format) { return format.ending == ending; });
}

}  // namespace socklock::analyzer
