/* SPDX-License-Identifier: MIT */
/*
 * Included before everything: the made-up CPU, and the instructions that reach ports and MSRs,
 * which world.c keeps account of.
 */
#ifndef TEST_HOST_H
#define TEST_HOST_H

#include "../fake/cpu.h"
#include <x86/asm.h>

extern struct cpu_user_regs host_regs;

static inline struct cpu_user_regs *guest_regs(void)
{
	return &host_regs;
}

u32 host_in(u16 port, u8 size);
void host_out(u16 port, u8 size, u32 val);
u64 host_cr0(u64 val);
#define inb(port)       ((u8)host_in(port, 1))
#define inw(port)       ((u16)host_in(port, 2))
#define inl(port)       host_in(port, 4)
#define outb(port, val) host_out(port, 1, val)
#define outw(port, val) host_out(port, 2, val)
#define outl(port, val) host_out(port, 4, val)
#define read_cr0()      host_cr0(0)
#define write_cr0(val)  host_cr0(val)
#define clts()          host_cr0(0)
#define read_cr4()      host_cr0(0)
#define write_cr4(val)  host_cr0(val)
#define rdtsc()         host_cr0(0)

#endif
