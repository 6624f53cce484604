/* SPDX-License-Identifier: MIT */
/*
 * Our own additions to the ABI: hypercall __HYPERVISOR_arch_0, hospes in hypercalls.def. A CPUID
 * leaf tells that there is a Hospes at all; elsewhere the number means machine-check records, with
 * a pointer as first argument.
 */
#ifndef PVABI_HOSPES_H
#define PVABI_HOSPES_H

#include <pvabi/xen.h>

#define __HYPERVISOR_hospes __HYPERVISOR_arch_0

#define HOSPESOP_features         0 /* which of these operations there are: a bit each */
#define HOSPESOP_read_log         1 /* of a domain's refusals; at most HOSPES_LOG_MOST bytes */
#define HOSPESOP_stretch          2 /* one of the longest with interrupts off, or a lock held */
#define HOSPESOP_forget_stretches 3
#define HOSPESOP_perf             4 /* what a vcpu's entries into ring 0 cost, by cause */

#define HOSPES_LOG_MOST 4096

#define HOSPES_LOCK_NAME 8

/* The record @index of @cpu, both from 0 on, until there is none; in no order. */
struct hospes_stretch {
	uint32_t cpu, index;         /* in */
	uint64_t cycles;             /* of the TSC */
	uint64_t ns;                 /* the same */
	uint32_t kind;               /* HOSPES_STRETCH_* */
	uint32_t number;             /* of the hypercall, the vector; softirqs: a bit each */
	uint32_t operation;          /* of the hypercall, where its first argument says it */
	uint32_t limit;              /* cycles that no stretch should exceed */
	char lock[HOSPES_LOCK_NAME]; /* held, or waited for; "": interrupts were off */
};

#define HOSPES_STRETCH_hypercall 1
#define HOSPES_STRETCH_trap      2
#define HOSPES_STRETCH_interrupt 3
#define HOSPES_STRETCH_softirqs  4
#define HOSPES_STRETCH_waits     5 /* for locks: cycles of all, number: how many */

/*
 * Causes of an entry into ring 0: a hypercall by its number, all that are unknown together, an
 * exception by its vector, all interrupts together.
 */
#define HOSPES_PERF_HYPERCALL 0
#define HOSPES_PERF_UNKNOWN   64
#define HOSPES_PERF_TRAP      65
#define HOSPES_PERF_INTERRUPT 97
#define HOSPES_PERF_CAUSES    98

/* Of one vcpu since it was made: entries, and the cycles of the TSC that they took. */
struct hospes_perf {
	uint32_t domain, vcpu; /* in */
	uint64_t tsc_khz;
	struct {
		uint64_t entries, cycles;
	} cause[HOSPES_PERF_CAUSES];
};

#endif
