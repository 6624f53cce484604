/* SPDX-License-Identifier: MIT */
/* Included before everything: the made-up CPUs, and the instructions that machine.c carries out. */
#ifndef TEST_HOST_H
#define TEST_HOST_H

#include "../fake/memory.h"
#include <x86/asm.h>

void host_write_cr3(u64 v);
u64 host_read_cr3(void);
u64 host_read_cr4(void);
void explore_wait(void);

#define write_cr3 host_write_cr3
#define read_cr3  host_read_cr3
#define read_cr4  host_read_cr4
#define cpu_pause explore_wait

#endif
