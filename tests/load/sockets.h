// SPDX-License-Identifier: GPL-2.0-or-later
// Connected sockets of loads, which end with a word where they can't have them.
#pragma once

namespace socklock::load {

struct Pair {
  int left = -1;
  int right = -1;
};

[[noreturn]] void die(const char* what);  // with the reason in errno
int listen_on_loopback();                 // TCP, any port
Pair tcp_pair();                          // over loopback
Pair unix_pair();                         // streams

}  // namespace socklock::load
