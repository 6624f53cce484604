/* SPDX-License-Identifier: MIT */
/*
 * What the processor can do, asked once, and the control registers set by it on each CPU. What a
 * guest is told of all this is guest/'s business; descriptor tables, system calls are tables.c's.
 */
#include <boot/boot.h>
#include <lib/string.h>
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/features.h>
#include <x86/fpu.h>
#include <x86/isolation.h>

/* x87, SSE, AVX and AVX-512: the states that need no further control register to be used. */
#define XFEATURES_KNOWN  0xe7ul
#define XFEATURES_BASE   0x3ul /* x87 and SSE: every processor has them */
#define FXSAVE_SIZE      512
#define XSAVE_HEADER_END 576

/* The ABI's PAT: WB, WT, UC-, UC, WC, WP, UC, UC. Guests know it by heart. */
#define PAT_VALUE 0x0000050100070406ul

static bool has(u32 word, u32 bit)
{
	return word >> bit & 1;
}

static void features_signature(void)
{
	struct cpuid_regs r = cpuid(0, 0);

	features.max_leaf = r.a;
	memcpy(features.vendor, &r.b, 4);
	memcpy(features.vendor + 4, &r.d, 4);
	memcpy(features.vendor + 8, &r.c, 4);

	features.max_ext_leaf = cpuid(0x80000000, 0).a;

	/* Intel SDM vol. 2, CPUID: how the extended fields are added. */
	r = cpuid(1, 0);
	features.stepping = r.a & 0xf;
	features.family = r.a >> 8 & 0xf;
	features.model = r.a >> 4 & 0xf;
	if (features.family == 6 || features.family == 15)
		features.model |= r.a >> 12 & 0xf0;
	if (features.family == 15)
		features.family += r.a >> 20 & 0xff;
}

/*
 * With PCIDs on, Intel's processors of these models may keep a global translation that INVLPG
 * should drop (erratum ADL063 and its like: Alder and Raptor Lake, Gracemont). Our own mappings are
 * global.
 */
static bool invlpg_is_broken(void)
{
	static const u8 models[] = { 0x97, 0x9a, 0xb7, 0xba, 0xbe, 0xbf };

	if (features.family != 6)
		return false;

	for (u32 i = 0; i < ARRAY_SIZE(models); i++)
		if (features.model == models[i])
			return true;
	return false;
}

static void features_basic(void)
{
	struct cpuid_regs l1 = cpuid(1, 0);
	struct cpuid_regs l7 = { 0 };

	if (features.max_leaf >= 7)
		l7 = cpuid(7, 0);

	features.x2apic = has(l1.c, 21);
	features.tsc_deadline = has(l1.c, 24);
	features.xsave = has(l1.c, 26) && features.max_leaf >= 0xd;

	features.fsgsbase = has(l7.b, 0);
	features.smep = has(l7.b, 7);
	features.smap = has(l7.b, 20);
	features.pcid = has(l1.c, 17) && has(l7.b, 10) && !invlpg_is_broken();

	features.page1gb = has(cpuid(0x80000001, 0).d, 26);
	if (features.max_ext_leaf >= 0x80000007)
		features.tsc_invariant = has(cpuid(0x80000007, 0).d, 8);

	features.phys_bits = 36;
	if (features.max_ext_leaf >= 0x80000008)
		features.phys_bits = MIN(cpuid(0x80000008, 0).a & 0xff, 52u);
}

/* The area's size: where the last of the states that we enable ends, in the standard format. */
static void features_fpu(void)
{
	struct cpuid_regs r;

	features.xfeatures = XFEATURES_BASE;
	features.fpu_size = FXSAVE_SIZE;
	if (!features.xsave)
		return;

	r = cpuid(0xd, 0);
	features.xfeatures = ((u64)r.d << 32 | r.a) & XFEATURES_KNOWN;
	features.xsaveopt = has(cpuid(0xd, 1).a, 0);

	features.fpu_size = XSAVE_HEADER_END;
	for (u32 i = 2; i < 64; i++) {
		if (!(features.xfeatures >> i & 1))
			continue;
		r = cpuid(0xd, i);
		features.fpu_size = MAX(features.fpu_size, r.a + r.b);
	}
}

void features_init(void)
{
	features_signature();
	features_basic();
	features_fpu();
}

static void cr4_apply(void)
{
	u64 cr4 = CR4_DE | CR4_PAE | CR4_MCE | CR4_OSFXSR | CR4_OSXMMEXCPT;

	/* A global translation of ours would outlive the change to a guest's tables. */
	if (!isolated())
		cr4 |= CR4_PGE;
	if (features.xsave)
		cr4 |= CR4_OSXSAVE;
	if (features.fsgsbase)
		cr4 |= CR4_FSGSBASE;
	if (features.smep)
		cr4 |= CR4_SMEP;
	if (features.smap)
		cr4 |= CR4_SMAP;
	if (features.pcid)
		cr4 |= CR4_PCIDE;
	write_cr4(cr4);
}

static void xcr0_start(void)
{
	if (!xcr0_write(features.xfeatures))
		panic("the processor refuses XCR0 %#lx, which CPUID offers", features.xfeatures);
}

/* UMIP stays off: guests of this ABI use SGDT and the like. For PCIDE, CR3 must have tag 0. */
void features_apply(void)
{
	write_cr0(CR0_PG | CR0_AM | CR0_WP | CR0_NE | CR0_ET | CR0_MP | CR0_PE);
	cr4_apply();
	if (features.xsave)
		xcr0_start();
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE | EFER_LME | EFER_NXE);
	wrmsr(MSR_PAT, PAT_VALUE);
	spec_apply();
}
