/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An array that user space maps; it sets max_entries. */
#ifndef SOCKLOCK_COLLECTOR_BPF_MAPPED_ARRAY_BPF_H
#define SOCKLOCK_COLLECTOR_BPF_MAPPED_ARRAY_BPF_H

#include "collector/bpf/kernel_types.h"

#include <bpf/bpf_helpers.h>

#define MMAPPED_ARRAY(map, element)                \
	struct {                                   \
		__uint(type, BPF_MAP_TYPE_ARRAY);  \
		__uint(map_flags, BPF_F_MMAPABLE); \
		__uint(max_entries, 1);            \
		__type(key, __u32);                \
		__type(value, element);            \
	} map SEC(".maps")

#endif
