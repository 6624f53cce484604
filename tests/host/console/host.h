/* SPDX-License-Identifier: MIT */
/* Included before everything: the made-up CPU, and a serial port and a clock of the test's. */
#ifndef TEST_HOST_H
#define TEST_HOST_H

#include "../fake/cpu.h"
#include <x86/asm.h>

bool cpu_alone(void);

u8 host_in(u16 port);
void host_out(u16 port, u8 val);
u64 host_tsc(void);
#define inb(port)       host_in(port)
#define outb(port, val) host_out(port, val)
#define rdtsc()         host_tsc()

#endif
