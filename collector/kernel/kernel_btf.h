// SPDX-License-Identifier: GPL-2.0-or-later
// The running kernel's type information (BTF).
#pragma once

#include <memory>

struct btf;

namespace socklock::collector {

using BtfPointer = std::shared_ptr<const btf>;

// Null where the kernel has none. Reading and parsing takes some 10 ms and 6 MB, so it is done once for all who hold
// it at the same time.
BtfPointer read_kernel_btf();

// Whether this process may load no program on a function at all (EPERM): asked with a program of two instructions,
// since those that record take long to be refused. `types` may be null.
bool forbids_programs_on_functions(const btf* types);

}  // namespace socklock::collector
