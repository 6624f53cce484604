/* SPDX-License-Identifier: MIT */
/* Bitmaps of CPUs and nodes as clients give them, of any length, and as we hold them: one word. */
#ifndef CTL_CPUMAP_H
#define CTL_CPUMAP_H

#include <lib/types.h>
#include <pvabi/xen.h>

/*
 * The first 64 bits of a client's bitmap; the rest is not read, and written as zero. 0 or -errno
 * with a reason.
 */
int cpumap_in(const struct xenctl_bitmap *b, u64 *out);
int cpumap_out(const struct xenctl_bitmap *b, u64 map);
u64 cpumap_online(void);

#endif
