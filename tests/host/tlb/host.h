/* SPDX-License-Identifier: MIT */
/*
 * Included before everything: the made-up CPUs, and the instructions that flush, which main.c
 * carries out on them.
 */
#ifndef TEST_HOST_H
#define TEST_HOST_H

#include "../fake/cpu.h"
#include <x86/asm.h>

void host_write_cr3(u64 v);
void host_write_cr4(u64 v);
u64 host_read_cr3(void);
u64 host_read_cr4(void);
void host_invlpg(u64 va);
void host_invpcid(u64 type, u64 tag, u64 va);
#define write_cr3 host_write_cr3
#define write_cr4 host_write_cr4
#define read_cr3  host_read_cr3
#define read_cr4  host_read_cr4
#define invlpg    host_invlpg
#define invpcid   host_invpcid

#endif
