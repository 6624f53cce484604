/* SPDX-License-Identifier: MIT */
/* Between the files of time/. */
#ifndef TIME_CLOCK_H
#define TIME_CLOCK_H

#include <time/time.h>

/*
 * Measures TSC and APIC timer against the best counter the machine has. Panics in words if none works. *apic_ticks of the
 * APIC timer took *apic_ns.
 */
u64 calibrate(u64 *apic_ticks, u64 *apic_ns);
void wallclock_init(void);

#endif
