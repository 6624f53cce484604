/* SPDX-License-Identifier: MIT */
/*
 * What a processor leaks by speculation, and what is used against it. The decision is pure: from
 * what the processor says of itself and the words of spec-ctrl= to a set of faults and a set of
 * defences.
 */
#ifndef X86_SPEC_H
#define X86_SPEC_H

#include <lib/types.h>

/* The faults, by the names that their finders or vendors gave them; bits of a set. */
enum spec_fault {
	FAULT_SPECTRE_V1,
	FAULT_SPECTRE_V2,
	FAULT_BHI,      /* branch history injection: gets past enhanced IBRS */
	FAULT_SSB,      /* speculative store bypass */
	FAULT_MELTDOWN, /* reads of what is mapped for ring 0 only */
	FAULT_L1TF,     /* reads of the L1 cache by entries that are not present */
	FAULT_MDS,
	FAULT_TAA,
	FAULT_SRBDS,
	FAULT_MMIO, /* MMIO stale data */
	FAULT_RFDS,
	FAULT_GDS,
	FAULT_RETBLEED,
	FAULT_ITS,
	FAULT_SRSO,
	FAULT_TSA,
	FAULT_ZENBLEED,
	FAULTS,
};

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

enum spec_vendor { SPEC_OTHER, SPEC_INTEL, SPEC_AMD, SPEC_HYGON };

/* What a processor says of itself, after its microcode was loaded. */
struct spec_cpu {
	enum spec_vendor vendor;
	u32 family, model, stepping;
	u32 leaf7_b, leaf7_d; /* CPUID 7, subleaf 0 */
	u32 leaf72_d;         /* CPUID 7, subleaf 2 */
	u32 ext8_b;           /* CPUID 0x80000008 */
	u32 ext21_a, ext21_c; /* CPUID 0x80000021 */
	u64 arch_caps;        /* MSR IA32_ARCH_CAPABILITIES; 0: it has none */
};

#define SPEC_EXT8B_IBPB (1u << 12) /* of CPUID 0x80000008, EBX */
#define SPEC_CTRL_IBRS  (1ul << 0) /* of IA32_SPEC_CTRL */

/* The set of its faults. What it says of itself counts more than what it is called. */
u32 spec_faults(const struct spec_cpu *c);

/*
 * Words of spec-ctrl=, by commas: "on", "off", or a defence's name to force it, with "no-" in front
 * to forbid it. A later word wins.
 */
struct spec_words {
	u32 force, forbid;
};

/* False: a word is not known; *w is as before. */
bool spec_words_read(const char *text, struct spec_words *w);

/* Can @c do what @d needs? Some need nothing. */
bool spec_offers(const struct spec_cpu *c, enum spec_defence d);

/* The set of defences of @c for its @faults. What it can not do is not chosen, even if forced. */
u32 spec_choose(const struct spec_cpu *c, u32 faults, const struct spec_words *w);

/*
 * What MSR IA32_SPEC_CTRL holds on @c for as long as the machine runs, in ring 0 and in guests; 0:
 * it need not be written.
 */
u64 spec_ctrl_value(const struct spec_cpu *c, u32 chosen);

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

/* What of @c is of use to a guest, whose kernel runs in ring 3. (x86/boot_spec_guest.c) */
void spec_guest_view(const struct spec_cpu *c, struct spec_guest *g);

/* Names, by commas, of the members of a set of faults, in @buf of @size bytes; "none" if empty. */
const char *spec_faults_name(u32 faults, char *buf, size_t size);
const char *spec_defence_name(enum spec_defence d);

/* --- boot_spec_cpu.c, boot_patch.c, spec.c --------------------------------------------------- */

/* What is used on this machine: bits of enum spec_defence. Never changed after spec_init(). */
extern u32 spec_defences;

static inline bool spec_uses(enum spec_defence d)
{
	return spec_defences & SPEC_BIT(d);
}

/* IA32_SPEC_CTRL: what of it is ours in a guest too, and all of it in ring 0. */
extern u32 spec_ctrl_ours, spec_ctrl_ring0;

/* Boot CPU, after features_init(): asks the processor, decides, and says so on the console. */
void spec_init(const struct spec_words *w);
/* Each CPU, with features_apply(): registers that are set once. */
void spec_apply(void);
/* Boot CPU, once the image lies where it stays: takes out of our code what is not used. */
void spec_patch(void);

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
