/* SPDX-License-Identifier: MIT */
/*
 * What is used against a processor's leaks by speculation, as boot decided it (boot/spec.h), and
 * what a guest's own defence asks for.
 */
#ifndef X86_SPEC_H
#define X86_SPEC_H

#include <lib/types.h>

/* The defences that are built; bits of a set. */
enum spec_defence {
	DEFENCE_ISOLATION,  /* nothing secret is in the page tables while a guest runs */
	DEFENCE_L1TF,       /* no absent entry of a guest's page table names memory */
	DEFENCE_VERW,       /* buffers of the core are cleared on the way to a guest */
	DEFENCE_IBPB,       /* branch predictors forget one domain before another runs */
	DEFENCE_RSB,        /* the same for the return stack */
	DEFENCE_ENTRY_IBPB, /* they forget all at each entry into C */
	DEFENCE_ENTRY_IBRS, /* IBRS as it was first: on at each entry into C, off in guests */
	DEFENCE_IBRS,   /* the processor itself keeps ring 0's branches from a guest's training */
	DEFENCE_THUNKS, /* indirect branches of ring 0 are returns that nothing predicts */
	DEFENCE_STIBP,  /* a core's threads do not train each other's branches */
	DEFENCE_SSBD,   /* no load overtakes an older store */
	DEFENCE_NO_TSX, /* transactions abort at once */
	DEFENCES,
};

#define SPEC_BIT(x) (1u << (x))

#define SPEC_EXT8B_IBPB (1u << 12) /* of CPUID 0x80000008, EBX */
#define SPEC_CTRL_IBRS  (1ul << 0) /* of IA32_SPEC_CTRL */

/* What a guest is shown for its own defence: bits of the same words, and of its IA32_SPEC_CTRL. */
struct spec_guest {
	u32 leaf7_d, ext8_b, ext21_a, ext21_c;
	u64 arch_caps;
	u64 ctrl; /* it may set these; 0: it has no such MSR */
};

static inline bool spec_shows_ibpb(const struct spec_guest *g)
{
	return g->ext8_b & SPEC_EXT8B_IBPB;
}

/* What is used on this machine: bits of enum spec_defence. Never changed after spec_init(). */
extern u32 spec_defences;

static inline bool spec_uses(enum spec_defence d)
{
	return spec_defences & SPEC_BIT(d);
}

/* IA32_SPEC_CTRL: what of it is ours in a guest too, and all of it in ring 0. */
extern u32 spec_ctrl_ours, spec_ctrl_ring0;

/*
 * A guest's own bits of IA32_SPEC_CTRL, beside ours, from now on on this CPU; and its IBPB. What it
 * may ask for stands in spec_guest.
 */
extern struct spec_guest spec_guest;
extern bool spec_guests_defend; /* some guest did, once */
void spec_guest_ctrl(u64 bits);
void spec_guest_ibpb(void);

/*
 * Where IBRS is on in ring 0 alone: waits for an interrupt without it, with @ctrl in its register.
 * Interrupts are on meanwhile only. (x86/spec_entry.S)
 */
void spec_idle(u32 ctrl);

/* Before a vcpu of another domain than the last one is loaded. */
void spec_domain_changes(void);

#endif
