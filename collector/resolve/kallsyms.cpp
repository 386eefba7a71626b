// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/resolve/kallsyms.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <map>
#include <unordered_set>
#include <utility>

#include "collector/bpf/wire.h"
#include "collector/kernel/refusal.h"
#include "symbols.skel.h"

namespace socklock::collector {
namespace {

// BPF programs come and go, and their addresses are reused while we record.
constexpr std::string_view kJitModule = "bpf";

class SymbolPrograms {
 public:
  explicit SymbolPrograms(symbols_bpf* programs) : programs_(programs) {}

  std::vector<std::string> describe(std::span<const std::uint64_t> addresses) {
    std::vector<std::string> texts;
    while (texts.size() < addresses.size()) {
      const auto part = addresses.subspan(texts.size())
                            .first(std::min<std::size_t>(SOCKLOCK_SYMBOL_QUERIES, addresses.size() - texts.size()));
      for (std::size_t i = 0; i < part.size(); ++i) programs_->bss->queries[i].address = part[i];
      programs_->bss->query_count = static_cast<std::uint32_t>(part.size());
      const bool answered = run(programs_->progs.describe_addresses);
      for (std::size_t i = 0; i < part.size(); ++i)
        texts.emplace_back(answered ? std::string_view(programs_->bss->queries[i].text) : "");
    }
    return texts;
  }

  Kallsyms::NameAnswer address_of(const std::string& name) {
    auto& query = programs_->bss->name_query;
    if (name.size() >= sizeof query.name) return {0, ENAMETOOLONG};
    query = {};
    std::copy(name.begin(), name.end(), query.name);
    if (!run(programs_->progs.find_name)) return {0, errno};
    return {query.address, static_cast<int>(-query.error)};
  }

 private:
  struct Free {
    void operator()(symbols_bpf* value) const { symbols_bpf__destroy(value); }
  };
  static bool run(const bpf_program* program) {
    bpf_test_run_opts options{};
    options.sz = sizeof options;
    return bpf_prog_test_run_opts(bpf_program__fd(program), &options) == 0;
  }
  std::unique_ptr<symbols_bpf, Free> programs_;
};

// A hexadecimal number with its 0x, taken from the begin of `text`.
std::optional<std::uint64_t> take_hex(std::string_view& text) {
  std::uint64_t value = 0;
  if (!text.starts_with("0x")) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), value, 16);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

}  // namespace

std::optional<Symbol> parse_symbol(std::uint64_t address, std::string_view text) {
  std::string_view module;
  if (const auto bracket = text.rfind(" ["); bracket != std::string_view::npos && text.ends_with(']')) {
    module = text.substr(bracket + 2, text.size() - bracket - 3);
    text = text.substr(0, bracket);
  }
  const auto plus = text.rfind('+');
  if (plus == std::string_view::npos || plus == 0) return std::nullopt;  // "0xffffffff81000000": no symbol there
  std::string_view numbers = text.substr(plus + 1);
  const auto offset = take_hex(numbers);
  if (!offset || *offset > address || !numbers.starts_with('/')) return std::nullopt;
  numbers.remove_prefix(1);
  const auto size = take_hex(numbers);
  if (!size || !numbers.empty() || *size <= *offset) return std::nullopt;
  const std::uint64_t begin = address - *offset;
  return Symbol{begin, text.substr(0, plus), module, begin + *size};
}

struct Kallsyms::State {
  struct Known {
    std::string name;
    std::string module;
    std::uint64_t end_address;
  };
  Kernel kernel;
  std::map<std::uint64_t, Known> by_address;
  std::unordered_set<std::uint64_t> unknown;
  std::map<std::string, NameAnswer, std::less<>> by_name;

  [[nodiscard]] std::optional<Symbol> known(std::uint64_t address) const {
    auto entry = by_address.upper_bound(address);
    if (entry == by_address.begin()) return std::nullopt;
    --entry;
    const auto& [begin, symbol] = *entry;
    if (address >= symbol.end_address) return std::nullopt;
    return Symbol{begin, symbol.name, symbol.module, symbol.end_address};
  }
  [[nodiscard]] bool is_new(std::uint64_t address) const {
    return address != 0 && !unknown.contains(address) && !known(address);
  }
  void ask(std::span<const std::uint64_t> addresses) {
    const auto texts = kernel.describe(addresses);
    for (std::size_t i = 0; i < addresses.size(); ++i) {
      const auto symbol = parse_symbol(addresses[i], texts[i]);
      if (symbol && symbol->module != kJitModule)
        by_address.try_emplace(symbol->address,
                               Known{std::string(symbol->name), std::string(symbol->module), symbol->end_address});
      else
        unknown.insert(addresses[i]);
    }
  }
};

Kallsyms::Kallsyms() : Kallsyms(Kernel{}) {}
Kallsyms::Kallsyms(Kernel kernel) : state_(std::make_unique<State>()) { state_->kernel = std::move(kernel); }
Kallsyms::Kallsyms(Kallsyms&&) noexcept = default;
Kallsyms& Kallsyms::operator=(Kallsyms&&) noexcept = default;
Kallsyms::~Kallsyms() = default;

Result<Kallsyms> Kallsyms::load() {
  symbols_bpf* programs = symbols_bpf__open_and_load();
  if (!programs) return fail(refusal(errno, "the kernel's symbols can't be asked for"));
  const auto asked = std::make_shared<SymbolPrograms>(programs);
  return Kallsyms({[asked](auto addresses) { return asked->describe(addresses); },
                   [asked](const std::string& name) { return asked->address_of(name); }});
}

void Kallsyms::prefetch(std::span<const std::uint64_t> addresses) const {
  if (!knows_symbols()) return;
  std::vector<std::uint64_t> asked;
  std::copy_if(addresses.begin(), addresses.end(), std::back_inserter(asked),
               [this](std::uint64_t address) { return state_->is_new(address); });
  if (!asked.empty()) state_->ask(asked);
}

std::optional<Symbol> Kallsyms::find(std::uint64_t address) const {
  prefetch({&address, 1});
  return state_->known(address);
}

std::optional<std::uint64_t> Kallsyms::address_of(const std::string& name) const {
  if (!knows_symbols()) return std::nullopt;
  const auto [entry, is_new] = state_->by_name.try_emplace(name, NameAnswer{});
  if (is_new) entry->second = state_->kernel.address_of(name);
  if (entry->second.error_number != 0) return std::nullopt;
  return entry->second.address;
}

std::optional<Symbol> Kallsyms::by_name(const std::string& name) const {
  const auto address = address_of(name);
  return address ? find(*address) : std::nullopt;
}

bool Kallsyms::hides_addresses() const {
  return std::any_of(state_->by_name.begin(), state_->by_name.end(),
                     [](const auto& answer) { return answer.second.error_number == EPERM; });
}

bool Kallsyms::knows_symbols() const { return static_cast<bool>(state_->kernel.describe); }

}  // namespace socklock::collector
