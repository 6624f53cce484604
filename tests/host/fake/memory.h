/* SPDX-License-Identifier: MIT */
/*
 * Included before everything, cpu.h with it: the direct map and the frame table of a small machine,
 * at addresses that a process may have. What lies behind their ends is not mapped.
 */
#ifndef FAKE_MEMORY_H
#define FAKE_MEMORY_H

#include "cpu.h"

#undef DIRECT_VIRT
#undef FRAMETABLE_VIRT
#define DIRECT_VIRT     0x200000000000
#define FRAMETABLE_VIRT 0x210000000000

/* A machine of @frames, all zero, with a direct map, a frame table, and an m2p. */
void fake_memory_up(u64 frames);

/* The frame table alone: for frames whose contents nobody looks at. */
void fake_frame_table_up(u64 frames);

/* Gives back what either of them made. */
void fake_memory_down(void);

#endif
