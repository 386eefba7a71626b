// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/export/folded.h"

#include <fmt/format.h>

#include <array>
#include <map>

#include "base/text.h"

namespace socklock::analyzer {
namespace {

using Line = std::array<std::uint64_t, 2>;

// A semicolon would end the frame.
std::string joined(const std::vector<std::string>& frames) {
  std::string line;
  for (const std::string& frame : frames) {
    if (!line.empty()) line += ';';
    for (const char c : frame) line += c == ';' ? ':' : c;
  }
  return line;
}

void add(const StackProfile& profile, const Taxonomy& taxonomy, ProfileMeasure measure, std::size_t column,
         std::map<std::string, Line>& lines) {
  for (const StackEntry& entry : profile.entries)
    lines[joined(frames_of(profile, entry, taxonomy))][column] += value_of(entry, measure);
}

}  // namespace

std::vector<std::string> frames_of(const StackProfile& profile, const StackEntry& entry, const Taxonomy& taxonomy) {
  std::vector<std::string> frames;
  for (const std::uint32_t function : entry.functions) frames.push_back(printable(display_name(profile.functions[function])));
  frames.push_back(fmt::format("[{}]", taxonomy.at(entry.lock_class).name));
  return frames;
}

std::string folded(const StackProfile& profile, const Taxonomy& taxonomy, ProfileMeasure measure) {
  std::map<std::string, Line> lines;
  add(profile, taxonomy, measure, 0, lines);
  std::string text;
  for (const auto& [stack, values] : lines)
    if (values[0] > 0) text += fmt::format("{} {}\n", stack, values[0]);
  return text;
}

std::string folded_pair(const StackProfile& before, const StackProfile& after, const Taxonomy& taxonomy,
                        ProfileMeasure measure) {
  std::map<std::string, Line> lines;
  add(before, taxonomy, measure, 0, lines);
  add(after, taxonomy, measure, 1, lines);
  std::string text;
  for (const auto& [stack, values] : lines)
    if (values[0] > 0 || values[1] > 0) text += fmt::format("{} {} {}\n", stack, values[0], values[1]);
  return text;
}

}  // namespace socklock::analyzer
