/* SPDX-License-Identifier: MIT */
/*
 * CPUID as a guest is shown it: the processor's answer less what a PV guest can not use, or must
 * not, and the hypervisor's own leaves. A guest's user part may execute CPUID itself and see the
 * processor's answer; its kernel asks with the forced-emulation prefix.
 */
#include <guest/guest.h>
#include <pvabi/arch-x86/cpuid.h>
#include <x86/asm.h>
#include <x86/features.h>
#include <x86/spec.h>

#define BIT(n) (1u << (n))

/* Bits that this file itself looks at. */
#define L1C_XSAVE      BIT(26)
#define L1C_OSXSAVE    BIT(27)
#define L1C_HYPERVISOR BIT(31)
#define L1D_APIC       BIT(9)
#define L7B_FSGSBASE   BIT(0)
#define L7B_ERMS       BIT(9)
#define L7D_FSRM       BIT(4)
#define LD1_XSAVEOPT   BIT(0)

#define L1B_APIC_ID_SHIFT 24
#define L1B_THREADS_SHIFT 16
#define BASIC_MAX         0xdu
#define EXTENDED_FIRST    0x80000000u
#define EXTENDED_LAST     0x80000008u /* of those in a row; behind them only one more is shown */
#define EXTENDED_MAX      0x80000021u
#define HYPERVISOR_LEAVES 0x100
#define ABI_VERSION       (4 << 16 | 17) /* as XENVER_version */
#define XSAVE_LEGACY_SIZE 576            /* the FXSAVE image and the header */
#define XSAVE_FIRST_STATE 2              /* x87 and SSE are in the FXSAVE image */
#define XSAVE_STATES      64

/*
 * What is kept of the processor's answer; of other leaves all of it. Hidden is what a PV guest can
 * not use or the hypervisor decides on; of leaf 7 is shown what needs nothing of the operating
 * system but registers in XCR0, which we switch. Each vcpu is a package of its own: which of them
 * share a core or a cache changes as they are scheduled.
 */
/* clang-format off */
static const struct {
	u32 leaf;
	struct cpuid_regs keep;
} masks[] = {
	{ .leaf = 1, .keep = {
		.a = ~0u,
		.b = 0xffff, /* without APIC id and number of threads: leaf_1 */
		.c = ~(BIT(2)  | /* DTES64 */
		       BIT(3)  | /* MONITOR */
		       BIT(4)  | /* DS-CPL */
		       BIT(5)  | /* VMX */
		       BIT(6)  | /* SMX */
		       BIT(7)  | /* EIST */
		       BIT(8)  | /* TM2 */
		       BIT(11) | /* SDBG */
		       BIT(14) | /* xTPR */
		       BIT(15) | /* PDCM */
		       BIT(17) | /* PCID */
		       BIT(18) | /* DCA */
		       BIT(21) | /* x2APIC */
		       BIT(24) | /* TSC deadline */
		       L1C_OSXSAVE),
		.d = ~(BIT(1)  | /* VME */
		       BIT(3)  | /* PSE */
		       BIT(7)  | /* MCE */
		       BIT(12) | /* MTRR */
		       BIT(13) | /* PGE */
		       BIT(14) | /* MCA */
		       BIT(17) | /* PSE36 */
		       BIT(18) | /* PSN */
		       BIT(21) | /* DS */
		       BIT(22) | /* ACPI */
		       BIT(28) | /* HTT */
		       BIT(29) | /* TM */
		       BIT(31)), /* PBE */
	} },
	/* Type and level of a cache, not how many processors share it. */
	{ .leaf = 4, .keep = { .a = 0x3fff, .b = ~0u, .c = ~0u, .d = ~0u } },
	{ .leaf = 5, .keep = { 0 } }, /* MONITOR */
	{ .leaf = 6, .keep = { 0 } }, /* thermal and power */
	{ .leaf = 7, .keep = {
		.b = L7B_FSGSBASE |
		     BIT(3)  | /* BMI1 */
		     BIT(5)  | /* AVX2 */
		     BIT(8)  | /* BMI2 */
		     L7B_ERMS |
		     BIT(16) | /* AVX512F */
		     BIT(17) | /* AVX512DQ */
		     BIT(18) | /* RDSEED */
		     BIT(19) | /* ADX */
		     BIT(21) | /* AVX512_IFMA */
		     BIT(23) | /* CLFLUSHOPT */
		     BIT(24) | /* CLWB */
		     BIT(28) | /* AVX512CD */
		     BIT(29) | /* SHA */
		     BIT(30) | /* AVX512BW */
		     BIT(31),  /* AVX512VL */
		.c = BIT(1)  | /* AVX512_VBMI */
		     BIT(6)  | /* AVX512_VBMI2 */
		     BIT(8)  | /* GFNI */
		     BIT(9)  | /* VAES */
		     BIT(10) | /* VPCLMULQDQ */
		     BIT(11) | /* AVX512_VNNI */
		     BIT(12) | /* AVX512_BITALG */
		     BIT(14) | /* AVX512_VPOPCNTDQ */
		     BIT(22),  /* RDPID */
		.d = BIT(2)  | /* AVX512_4VNNIW */
		     BIT(3)  | /* AVX512_4FMAPS */
		     L7D_FSRM |
		     BIT(8)  | /* AVX512_VP2INTERSECT */
		     BIT(14),  /* SERIALIZE */
	} },
	{ .leaf = 9, .keep = { 0 } },   /* DCA */
	{ .leaf = 0xa, .keep = { 0 } }, /* performance counters */
	{ .leaf = 0xb, .keep = { 0 } }, /* topology */
	{ .leaf = 0x80000001, .keep = {
		.a = ~0u,
		.b = ~0u,
		.c = ~(BIT(1)  | /* CMP_LEGACY */
		       BIT(2)  | /* SVM */
		       BIT(3)  | /* extended APIC space */
		       BIT(9)  | /* OSVW */
		       BIT(10) | /* IBS */
		       BIT(12) | /* SKINIT */
		       BIT(13) | /* WDT */
		       BIT(15) | /* LWP */
		       BIT(19) | /* node id MSR */
		       BIT(22) | /* TOPOEXT */
		       BIT(23) | /* performance counters: of the core, */
		       BIT(24) | /* of the north bridge, */
		       BIT(27) | /* of the TSC, */
		       BIT(28) | /* of the L3 cache */
		       BIT(29)), /* MWAITX */
		.d = ~(BIT(1)  | /* VME */
		       BIT(3)  | /* PSE */
		       BIT(12) | /* MTRR */
		       BIT(13) | /* PGE */
		       BIT(17) | /* PSE36 */
		       BIT(26) | /* 1 GiB pages */
		       BIT(27)), /* RDTSCP */
	} },
	{ .leaf = 0x80000007, .keep = { .d = BIT(8) } }, /* invariant TSC */
	{ .leaf = 0x80000008, .keep = { .a = ~0u } },    /* without the number of cores */
	{ .leaf = 0x80000021, .keep = { 0 } },           /* but for show_defences */
};
/* clang-format on */

static struct cpuid_regs masked(u32 leaf, u32 sub)
{
	struct cpuid_regs r = cpuid(leaf, sub);

	for (u32 i = 0; i < ARRAY_SIZE(masks); i++) {
		if (masks[i].leaf != leaf)
			continue;

		r.a &= masks[i].keep.a;
		r.b &= masks[i].keep.b;
		r.c &= masks[i].keep.c;
		r.d &= masks[i].keep.d;
	}

	return r;
}

/* --- leaves of which more than bits is changed ---------------------------------------------- */

static void leaf_1(const struct vcpu *v, struct cpuid_regs *r)
{
	u32 apic_id = v->id * 2 & 0xff;

	r->c |= L1C_HYPERVISOR;

	/* CR4.OSXSAVE is set: kernels look before they use XSETBV. */
	if (r->c & L1C_XSAVE)
		r->c |= L1C_OSXSAVE;

	if (!v->dom->privileged)
		r->d &= ~L1D_APIC;

	r->b |= apic_id << L1B_APIC_ID_SHIFT | 1 << L1B_THREADS_SHIFT;
}

static void leaf_7(u32 sub, struct cpuid_regs *r)
{
	if (sub)
		*r = (struct cpuid_regs){ 0 };

	if (!features.fsgsbase)
		r->b &= ~L7B_FSGSBASE;
}

/* Bytes of the XSAVE area for the states that the guest turned on. */
static u32 xsave_size(const struct vcpu *v)
{
	u64 states = v->control.xcr0 & features.xfeatures;
	u32 size = XSAVE_LEGACY_SIZE;

	for (u32 i = XSAVE_FIRST_STATE; i < XSAVE_STATES; i++) {
		struct cpuid_regs r;

		if (!(states >> i & 1))
			continue;

		r = cpuid(0xd, i); /* a: size, b: offset */
		size = MAX(size, r.a + r.b);
	}

	return size;
}

static void leaf_d(const struct vcpu *v, u32 sub, struct cpuid_regs *r)
{
	struct cpuid_regs host = *r;

	*r = (struct cpuid_regs){ 0 };
	if (!features.xsave)
		return;

	if (sub == 0) {
		r->a = (u32)features.xfeatures;
		r->b = xsave_size(v);
		r->c = features.fpu_size;
		r->d = features.xfeatures >> 32;
	} else if (sub == 1) {
		r->a = host.a & LD1_XSAVEOPT;
	} else if (sub < XSAVE_STATES && features.xfeatures >> sub & 1) {
		*r = host;
	}
}

/* --- the hypervisor's own leaves (pvabi/arch-x86/cpuid.h) ----------------------------------- */

/* Leaf 3: the TSC is never emulated. */
static void leaf_tsc(u32 sub, struct cpuid_regs *r)
{
	const struct time_scale *scale = time_tsc_scale();

	if (sub == 0) {
		r->c = (u32)time_tsc_khz();
	} else if (sub == 1) { /* pvclock's scale */
		r->c = scale->mul;
		r->d = (u32)scale->shift;
	}
}

static void leaf_hypervisor(u32 n, u32 sub, struct cpuid_regs *r)
{
	switch (n) {
	case 0:
		r->a = XEN_CPUID_FIRST_LEAF + XEN_CPUID_MAX_NUM_LEAVES;
		r->b = XEN_CPUID_SIGNATURE_EBX;
		r->c = XEN_CPUID_SIGNATURE_ECX;
		r->d = XEN_CPUID_SIGNATURE_EDX;
		break;
	case 1:
		r->a = ABI_VERSION;
		break;
	case 2:
		r->a = 1; /* one page of hypercalls, by this MSR */
		r->b = XEN_CPUID_FIRST_LEAF;
		r->c = XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD;
		break;
	case 3:
		leaf_tsc(sub, r);
		break;
	case 5:
		if (sub == 0)
			r->b = features.phys_bits & XEN_CPUID_MACHINE_ADDRESS_WIDTH_MASK;
		break;
	}
}

/* For the guest's defence against speculation (boot/spec_guest.c). */
static void show_defences(u32 leaf, u32 sub, struct cpuid_regs *r)
{
	switch (leaf) {
	case 7:
		r->d |= sub ? 0 : spec_guest.leaf7_d;
		break;
	case EXTENDED_LAST:
		r->b |= spec_guest.ext8_b;
		break;
	case EXTENDED_MAX:
		r->a |= spec_guest.ext21_a;
		r->c |= spec_guest.ext21_c;
		break;
	}
}

static bool leaf_exists(u32 leaf)
{
	if (leaf < EXTENDED_FIRST)
		return leaf <= MIN(features.max_leaf, BASIC_MAX);
	if (leaf > EXTENDED_LAST && leaf != EXTENDED_MAX)
		return false;

	return leaf <= features.max_ext_leaf;
}

void guest_cpuid(struct vcpu *v, u32 leaf, u32 sub, struct cpuid_regs *out)
{
	*out = (struct cpuid_regs){ 0 };

	if (leaf >= XEN_CPUID_FIRST_LEAF && leaf < XEN_CPUID_FIRST_LEAF + HYPERVISOR_LEAVES) {
		leaf_hypervisor(leaf - XEN_CPUID_FIRST_LEAF, sub, out);
		return;
	}

	if (leaf_exists(leaf))
		*out = masked(leaf, sub);

	switch (leaf) {
	case 0:
		out->a = MIN(out->a, BASIC_MAX);
		break;
	case 1:
		leaf_1(v, out);
		break;
	case 7:
		leaf_7(sub, out);
		break;
	case 0xd:
		leaf_d(v, sub, out);
		break;
	case EXTENDED_FIRST:
		out->a = MIN(out->a, EXTENDED_MAX);
		break;
	}

	if (leaf_exists(leaf))
		show_defences(leaf, sub, out);
}
