/* SPDX-License-Identifier: MIT */
/* Bitmaps of CPUs and nodes as clients give them, and as we hold them: one word. */
#ifndef CTL_CPUMAP_H
#define CTL_CPUMAP_H

#include <lib/types.h>
#include <pvabi/xen.h>

/* The first 64 bits of a client's bitmap; the rest is not read, and written as zero. 0 or -errno with a reason. */
int cpumap_in(const struct xenctl_bitmap *b, u64 *out);
int cpumap_out(const struct xenctl_bitmap *b, u64 map);
u64 cpumap_online(void);

/* cpumap_bytes.c, pure: the word that the first 64 of @nr_bits stand for, and back. Returns the bytes that hold them. */
u64 cpumap_from_bytes(const u8 *bytes, u32 nr_bits);
u32 cpumap_to_bytes(u64 map, u32 nr_bits, u8 out[8]);

#endif
