// SPDX-License-Identifier: GPL-2.0-or-later
// Names for addresses of a kernel's functions, from the text that nm prints of it.
#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace socklock::imports {

class KernelSymbols {
 public:
  // Lines "ffffffff80502428 t swi_net", with a size behind the address where there is one (nm -S), in any order; what
  // is of another form is passed over. `name` is for messages; an error where there is no function in it.
  static Result<KernelSymbols> read(std::istream& in, const std::string& name);

  // The function that `address` is in: between its begin and its end, or where no size is known, the next symbol.
  [[nodiscard]] std::optional<std::string> name_of(std::uint64_t address) const;

 private:
  struct Symbol {
    std::uint64_t begin = 0, end = 0;  // end 0: not known
    std::string name;                  // empty: no function
  };
  std::vector<Symbol> symbols_;  // by begin
};

}  // namespace socklock::imports
