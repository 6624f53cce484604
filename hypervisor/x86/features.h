/* SPDX-License-Identifier: MIT */
/* What the processor can do, found once at boot on the boot CPU. */
#ifndef X86_FEATURES_H
#define X86_FEATURES_H

#include <lib/types.h>

struct cpu_features {
	char vendor[13];
	u32 family, model, stepping;
	u32 max_leaf, max_ext_leaf;
	u32 phys_bits;
	bool x2apic, tsc_deadline, tsc_invariant, smep, smap, fsgsbase, xsave, xsaveopt;
	bool page1gb;
	bool pcid;     /* with INVPCID; used from features_apply on */
	u64 xfeatures; /* XCR0 we run with */
	u32 fpu_size;  /* bytes of an XSAVE (or FXSAVE) area */
};

extern struct cpu_features features;

#endif
