// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/load/event_reader.h"

#include <optional>
#include <utility>
#include <variant>

namespace socklock::analyzer {
namespace {

using trace::BlockKind;

template <typename T>
void read_all(const trace::ColumnView& column, std::size_t rows, std::vector<T>& values) {
  values.resize(rows);
  column.read(rows, 0, rows, values.data());
}

// False where they don't fit into 64 bits.
bool read_ends(const trace::EventsView& events, std::vector<std::uint64_t>& ends_ns) {
  read_all(events.end_delta_ns, events.rows, ends_ns);
  std::uint64_t now_ns = events.base_ns;
  for (std::uint64_t& end_ns : ends_ns) {
    if (__builtin_add_overflow(now_ns, end_ns, &now_ns)) return false;
    end_ns = now_ns;
  }
  return true;
}

}  // namespace

Result<EventReader> EventReader::open(const std::string& path, std::uint64_t budget_bytes, EventFields fields) {
  SOCKLOCK_TRY_ASSIGN(auto reader, trace::TraceReader::open(path));
  if (budget_bytes != 0) reader.set_budget(budget_bytes);
  return EventReader(std::move(reader), fields);
}

std::uint64_t EventReader::promised_events() {
  const auto footer = reader_.footer();
  return footer ? footer->events() : 0;
}

const trace::EventColumns* EventReader::next() {
  for (;;) {
    block_ = reader_.next_packed(std::move(block_));
    if (block_.is_end) return nullptr;
    const bool is_events = block_.kind == BlockKind::kEvents;
    // What intervals say is known; but each costs of the budget what it costs in load_run(), so that both come to the
    // same dictionaries, into which the events' locks, stacks and threads are positions.
    const bool is_message = block_.kind == BlockKind::kDictionary || block_.kind == BlockKind::kInterval;
    std::optional<trace::Message> message;
    std::optional<trace::EventsView> events;
    if (reader_.can_afford(block_)) {
      if (is_message) message = unpacker_.message_of(block_);
      if (is_events) events = unpacker_.events_of(block_);
    }
    const bool is_parsed = message || events || !(is_message || is_events);
    if (!reader_.take(block_, is_parsed, message ? &*message : nullptr, events ? events->rows : 0)) continue;
    if (message) {
      if (const auto* names = std::get_if<trace::v1::Dictionary>(&*message)) dictionaries_.add(*names);
      unpacker_.reuse({block_.offset_bytes, *std::move(message)});
    }
    // load_run() lists blocks whose content is malformed.
    if (!events || !events->check() || !read_ends(*events, columns_.end_ns)) continue;
    fill(*events);
    return &columns_;
  }
}

void EventReader::fill(const trace::EventsView& events) {
  const std::size_t rows = events.rows;
  if (fields_.waits) read_all(events.wait_ns, rows, columns_.wait_ns);
  if (fields_.cpus) read_all(events.cpu, rows, columns_.cpu);
  if (fields_.weights) read_all(events.weight, rows, columns_.weight);
  if (fields_.errors) read_all(events.error, rows, columns_.error);
  if (fields_.run_delays) read_all(events.run_delay_ns, rows, columns_.run_delay_ns);
  if (fields_.threads) {
    read_all(events.thread, rows, columns_.thread);
    for (std::uint32_t& thread : columns_.thread) thread = static_cast<std::uint32_t>(dictionaries_.thread(thread));
  }
  if (!fields_.kinds) return;
  read_all(events.syscall, rows, columns_.syscall);
  read_all(events.context, rows, columns_.context);
  read_all(events.flags, rows, columns_.flags);
  read_all(events.lock, rows, columns_.lock);
  read_all(events.stack, rows, columns_.stack);
  for (std::uint32_t& lock : columns_.lock) lock = static_cast<std::uint32_t>(dictionaries_.lock(lock));
  for (std::uint32_t& stack : columns_.stack) stack = static_cast<std::uint32_t>(dictionaries_.stack(stack));
}

}  // namespace socklock::analyzer
