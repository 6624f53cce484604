/* SPDX-License-Identifier: MIT */
/*
 * What a processor leaks by speculation, and what is to be used against it. The decision is pure:
 * from what the processor says of itself and the words of spec-ctrl= to a set of faults and a set
 * of defences. What is used then stands in x86/spec.h.
 */
#ifndef BOOT_SPEC_H
#define BOOT_SPEC_H

#include <x86/spec.h>

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

/* What of @c is of use to a guest, whose kernel runs in ring 3. (boot/spec_guest.c) */
void spec_guest_view(const struct spec_cpu *c, struct spec_guest *g);

/* Names, by commas, of the members of a set of faults, in @buf of @size bytes; "none" if empty. */
const char *spec_faults_name(u32 faults, char *buf, size_t size);
const char *spec_defence_name(enum spec_defence d);

/* --- spec_cpu.c, patch.c ---------------------------------------------------------------------- */

/* Boot CPU, after features_init(): asks the processor, decides, and says so on the console. */
void spec_init(const struct spec_words *w);
/* Each CPU, with features_apply(): registers that are set once. */
void spec_apply(void);
/* Boot CPU, once the image lies where it stays: takes out of our code what is not used. */
void spec_patch(void);

#endif
