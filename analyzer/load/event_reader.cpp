// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/load/event_reader.h"

#include <utility>
#include <variant>

namespace socklock::analyzer {

Result<EventReader> EventReader::open(const std::string& path, std::uint64_t budget_bytes) {
  SOCKLOCK_TRY_ASSIGN(auto reader, trace::TraceReader::open(path));
  if (budget_bytes != 0) reader.set_budget(budget_bytes);
  return EventReader(std::move(reader));
}

const trace::EventColumns* EventReader::next() {
  while (auto block = reader_.next()) {
    if (const auto* dictionary = std::get_if<trace::v1::Dictionary>(&block->message)) dictionaries_.add(*dictionary);
    const auto* events = std::get_if<trace::v1::Events>(&block->message);
    if (events == nullptr) continue;
    if (!trace::decode(*events, columns_)) continue;  // load_run() lists blocks whose content is malformed
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      columns_.lock[i] = static_cast<std::uint32_t>(dictionaries_.lock(columns_.lock[i]));
      columns_.stack[i] = static_cast<std::uint32_t>(dictionaries_.stack(columns_.stack[i]));
      columns_.thread[i] = static_cast<std::uint32_t>(dictionaries_.thread(columns_.thread[i]));
    }
    return &columns_;
  }
  return nullptr;
}

}  // namespace socklock::analyzer
