// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/kernel/kernel_btf.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace socklock::collector {

BtfPointer read_kernel_btf() {
  static std::weak_ptr<const btf> held;
  if (auto types = held.lock()) return types;
  btf* const types = btf__load_vmlinux_btf();  // libbpf 1.x returns null where it fails
  if (types == nullptr) return nullptr;
  BtfPointer read(types, [](const btf* value) { btf__free(const_cast<btf*>(value)); });
  held = read;
  return read;
}

bool forbids_programs_on_functions(const btf* types) {
  if (types == nullptr) return false;
  const int function = btf__find_by_name_kind(types, "lock_sock_nested", BTF_KIND_FUNC);
  if (function < 0) return false;
  const std::array<bpf_insn, 2> return_zero{bpf_insn{BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0},
                                            bpf_insn{BPF_JMP | BPF_EXIT, 0, 0, 0, 0}};
  bpf_prog_load_opts options{};
  options.sz = sizeof options;
  options.expected_attach_type = BPF_TRACE_FENTRY;
  options.attach_btf_id = static_cast<__u32>(function);
  const int program =
      bpf_prog_load(BPF_PROG_TYPE_TRACING, "may_trace", "GPL", return_zero.data(), return_zero.size(), &options);
  if (program >= 0) close(program);
  return program == -EPERM || (program < 0 && errno == EPERM);
}

}  // namespace socklock::collector
