/* SPDX-License-Identifier: MIT */
/* Included before everything: stands in for x86/cpu.h, and for the registers of devices. */
#ifndef TEST_HOST_H
#define TEST_HOST_H
#define X86_CPU_H

#include <assert.h>
#include <lib/types.h>
#include <x86/asm.h>

#define MAX_CPUS 64
struct cpu_public {
	u32 apic_id;
};
extern struct cpu_public cpu_public[MAX_CPUS];
extern u32 host_cpu;

static inline u32 cpu_id(void)
{
	return host_cpu;
}
void cpu_poll(void);
void __noreturn panic(const char *fmt, ...) printf_like(1, 2);

u32 host_read32(const volatile void *at);
void host_write32(volatile void *at, u32 v);
#define mmio_read32  host_read32
#define mmio_write32 host_write32

#endif
