/* SPDX-License-Identifier: MIT */
/*
 * What the entries of a vcpu into ring 0 cost, counted always, by cause: how many there were, and
 * the cycles of the TSC from an entry to the way out. Kept for each vcpu, by the CPU that it is
 * loaded on, so that no lock and no other CPU's cache line is in the way.
 *
 * A stretch with interrupts off is charged to the last entry (x86/stretch.h), until another vcpu
 * is loaded: the rest of that one is charged to nobody, and so is what interrupts an idle CPU. A
 * guest's own system calls and irets run no C, and are not counted.
 */
#ifndef X86_PERF_H
#define X86_PERF_H

#include <lib/types.h>
#include <pvabi/hospes.h>

struct perf_count {
	u64 entries, cycles;
};

#endif
