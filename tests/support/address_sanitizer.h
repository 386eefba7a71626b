// SPDX-License-Identifier: GPL-2.0-or-later
// SOCKLOCK_ADDRESS_SANITIZER: this build reserves more address space than any limit of it leaves.
#pragma once

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SOCKLOCK_ADDRESS_SANITIZER
#endif
#endif
