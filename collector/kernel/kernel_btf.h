// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <bpf/btf.h>

#include <memory>

namespace socklock::collector {

struct FreeBtf {
  void operator()(btf* value) const { btf__free(value); }
};
using BtfPointer = std::unique_ptr<btf, FreeBtf>;

// The running kernel's types, read and parsed anew at every call; null where it has none.
inline BtfPointer read_kernel_btf() { return BtfPointer(btf__load_vmlinux_btf()); }

}  // namespace socklock::collector
