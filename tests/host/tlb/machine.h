/* SPDX-License-Identifier: MIT */
/*
 * Four CPUs, each of which may hold one translation of a guest's page, under the tags of its kernel
 * and its user part, and a global one of ours. The instructions that flush drop what the manual
 * says (Intel SDM vol. 3, 4.10.4.1); a CPU that is asked to flush does so when the asker waits.
 */
#ifndef TLB_MACHINE_H
#define TLB_MACHINE_H

#include <frame/tlb.h>

#define CPUS 4
#define PAGE 0x7000ul
#define OURS OWNMAP_VIRT
#define FAR  0x123456789000ul /* a guest's other page */

/*
 * What a CPU holds of PAGE, by tag, and of OURS: as a global translation, and, with isolation,
 * under a guest's tags. Without PCIDs TAG_KERNEL stands for all.
 */
struct tlb {
	bool page[3], ours, ours_tagged[3];
	u64 cr4;
	bool asked, answers;
	u32 flushes, cr3_loads;
};
extern struct tlb tlbs[CPUS];
extern bool idle[CPUS];

/* Two domains, known by address alone. */
extern const u8 somewhere[2];
#define ONE   ((struct domain *)&somewhere[0])
#define OTHER ((struct domain *)&somewhere[1])

extern u64 windows; /* of ONE */

/* CPU 3 is off, the others run ONE and hold all; CPU 0 runs the test. */
void up(void);
/* From here on the code runs on @cpu. */
void on(u32 cpu);
/* All CPUs hold all again. */
void fill(void);
bool holds_page(u32 cpu);

#endif
