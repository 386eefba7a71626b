// SPDX-License-Identifier: GPL-2.0-or-later
// System calls by this processor's numbers, of which newer ones lack the oldest calls.
#pragma once

#include <sys/syscall.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace socklock::collector {

// Those of sockets and of waiting for many: under them a waiting task does nothing but what they are for. close() and
// read() may be of anything.
inline constexpr auto kSocketSyscalls = std::to_array<std::uint16_t>({
    SYS_socket,    SYS_connect,     SYS_accept,       SYS_accept4,    SYS_sendto,     SYS_recvfrom,
    SYS_sendmsg,   SYS_recvmsg,     SYS_sendmmsg,     SYS_recvmmsg,   SYS_shutdown,   SYS_bind,
    SYS_listen,    SYS_getsockname, SYS_getpeername,  SYS_socketpair, SYS_setsockopt, SYS_getsockopt,
    SYS_epoll_ctl, SYS_epoll_pwait, SYS_epoll_pwait2, SYS_pselect6,   SYS_ppoll,
#ifdef SYS_poll
    SYS_poll,      SYS_select,      SYS_epoll_wait,
#endif
});

// Others that lead to socket locks: reading and writing, ending.
inline constexpr auto kOtherSyscalls = std::to_array<std::uint16_t>({
    SYS_read,     SYS_write,  SYS_close,      SYS_ioctl,           SYS_pread64,        SYS_pwrite64,
    SYS_readv,    SYS_writev, SYS_preadv,     SYS_pwritev,         SYS_preadv2,        SYS_pwritev2,
    SYS_sendfile, SYS_splice, SYS_tee,        SYS_vmsplice,        SYS_fcntl,          SYS_dup3,
    SYS_execve,   SYS_exit,   SYS_exit_group, SYS_copy_file_range, SYS_io_uring_enter, SYS_close_range,
#ifdef SYS_dup2
    SYS_dup2,
#endif
});

}  // namespace socklock::collector
