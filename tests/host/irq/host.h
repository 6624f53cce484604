/* SPDX-License-Identifier: MIT */
/* Included before everything: the registers of devices are read and written by the test. */
#ifndef TEST_HOST_H
#define TEST_HOST_H

#include "../fake/cpu.h"

#include <x86/asm.h>

u32 host_read32(const volatile void *at);
void host_write32(volatile void *at, u32 v);
#define mmio_read32  host_read32
#define mmio_write32 host_write32

#endif
