// SPDX-License-Identifier: GPL-2.0-or-later
// A long trace out of a real short one: its events and intervals over and over, each time later.
#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <variant>
#include <vector>

#include "proto/rows.h"
#include "proto/trace_reader.h"
#include "proto/trace_writer.h"

namespace trace = socklock::trace;

namespace {

void require(const socklock::Result<void>& result) {
  if (result) return;
  std::fprintf(stderr, "replicate: %s\n", result.error().message().c_str());
  std::exit(3);
}

template <typename T>
T require(socklock::Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "replicate: %s\n", result.error().message().c_str());
    std::exit(3);
  }
  return *std::move(result);
}

struct Original {
  trace::v1::Header header;
  std::vector<trace::v1::Dictionary> dictionaries;
  std::vector<trace::EventColumns> events;
  std::vector<trace::v1::Interval> intervals;
  trace::v1::Footer footer;
  std::uint64_t rows = 0;
  std::uint64_t end_ns = 0;
};

Original read_all(const std::string& path) {
  Original original;
  auto reader = require(trace::TraceReader::open(path));
  while (auto block = reader.next()) {
    if (auto* header = std::get_if<trace::v1::Header>(&block->message)) original.header = *header;
    if (auto* dictionary = std::get_if<trace::v1::Dictionary>(&block->message))
      original.dictionaries.push_back(*dictionary);
    if (auto* events = std::get_if<trace::v1::Events>(&block->message)) {
      require(trace::decode(*events, original.events.emplace_back()));
      original.rows += original.events.back().size();
    }
    if (auto* interval = std::get_if<trace::v1::Interval>(&block->message)) {
      original.intervals.push_back(*interval);
      original.end_ns = interval->end_ns();
    }
    if (auto* footer = std::get_if<trace::v1::Footer>(&block->message)) original.footer = *footer;
  }
  return original;
}

}  // namespace

int main(int argc, char** argv) {
  std::string in, out;
  std::uint64_t wanted = 10'000'000;
  CLI::App app{"Writes a trace of many events by repeating those of a real one"};
  app.add_option("in", in, "trace to repeat")->required();
  app.add_option("out", out, "trace to write")->required();
  app.add_option("events", wanted, "how many events at least")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  Original original = read_all(in);
  if (original.rows == 0) {
    std::fprintf(stderr, "replicate: no events in '%s'\n", in.c_str());
    return 6;
  }
  auto writer = require(trace::TraceWriter::create(out, true));
  require(writer.write(original.header));
  for (const auto& dictionary : original.dictionaries) require(writer.write(dictionary));
  std::uint64_t written = 0, times = 0;
  for (; written < wanted; ++times) {
    for (auto& events : original.events) {
      require(writer.write(events));
      written += events.size();
      for (auto& end_ns : events.end_ns) end_ns += original.end_ns;
    }
    for (auto& interval : original.intervals) {
      require(writer.write(interval));
      interval.set_begin_ns(interval.begin_ns() + original.end_ns);
      interval.set_end_ns(interval.end_ns() + original.end_ns);
    }
  }
  trace::v1::Footer footer;
  *footer.mutable_header() = original.header;
  footer.set_events(written);
  footer.set_contentions(times * original.footer.contentions());
  footer.set_wait_ns(times * original.footer.wait_ns());
  footer.set_lost(times * original.footer.lost());
  footer.set_duration_ns(times * original.end_ns);
  require(writer.finish(std::move(footer)));
  std::printf("%llu events, %llu bytes\n", static_cast<unsigned long long>(written),
              static_cast<unsigned long long>(writer.bytes()));
  return 0;
}
