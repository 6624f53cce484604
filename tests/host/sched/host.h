/* SPDX-License-Identifier: MIT */
/* Included before everything: stands in for x86/cpu.h. The machine is sim.c's. */
#ifndef TEST_SCHED_HOST_H
#define TEST_SCHED_HOST_H
#define X86_CPU_H

#include <assert.h>
#include <lib/types.h>

#define sched_yield hv_sched_yield /* the C library has one of its own */

#define MAX_CPUS 64

enum softirq { SOFTIRQ_SCHED };
void softirq_post(u32 cpu, enum softirq s);

#endif
