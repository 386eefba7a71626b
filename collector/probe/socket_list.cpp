// SPDX-License-Identifier: GPL-2.0-or-later
#include "collector/probe/socket_list.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>

#include "collector/bpf/wire.h"
#include "collector/kernel/refusal.h"
#include "collector/probe/probe_set.h"
#include "sockets.skel.h"

namespace socklock::collector {
namespace {

struct FreePrograms {
  void operator()(sockets_bpf* value) const { sockets_bpf__destroy(value); }
};

struct FreeLink {
  void operator()(bpf_link* value) const { bpf_link__destroy(value); }
};

// Reading drives the iteration; the program prints nothing.
bool read_to_end(int iterator) {
  std::array<char, 64> unused{};
  ssize_t length = 0;
  do {
    length = read(iterator, unused.data(), unused.size());
  } while (length > 0 || (length < 0 && (errno == EAGAIN || errno == EINTR)));
  return length == 0;
}

}  // namespace

Result<void> list_open_sockets(int sockets_map, bool with_addresses) {
  constexpr const char* kWhat = "open sockets can't be listed";
  const std::unique_ptr<sockets_bpf, FreePrograms> programs(sockets_bpf__open());
  if (!programs) return fail(refusal(errno, kWhat));
  programs->rodata->socket_addresses = with_addresses;
  bpf_map__reuse_fd(programs->maps.sockets, sockets_map);
  if (const int error = sockets_bpf__load(programs.get())) return fail(refusal(-error, kWhat));
  const std::unique_ptr<bpf_link, FreeLink> link(bpf_program__attach_iter(programs->progs.list_sockets, nullptr));
  if (!link) return fail(refusal(errno, kWhat));
  const int iterator = bpf_iter_create(bpf_link__fd(link.get()));
  if (iterator < 0) return fail(refusal(errno, kWhat));
  const bool whole = read_to_end(iterator);
  const int error = errno;
  close(iterator);
  if (!whole) return fail(refusal(error, kWhat));
  return {};
}

}  // namespace socklock::collector
