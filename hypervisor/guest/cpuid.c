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

#define BIT(n) (1u << (n))

/* Leaf 1: not for PV guests. Paging features that the hypervisor decides on stay hidden too. */
#define L1C_HIDE                                                                               \
	(BIT(2) /* DTES64 */ | BIT(3) /* MONITOR */ | BIT(4) /* DS-CPL */ | BIT(5) /* VMX */ | \
	 BIT(6) /* SMX */ | BIT(7) /* EIST */ | BIT(8) /* TM2 */ | BIT(11) /* SDBG */ |        \
	 BIT(14) /* xTPR */ | BIT(15) /* PDCM */ | BIT(17) /* PCID */ | BIT(18) /* DCA */ |    \
	 BIT(21) /* x2APIC */ | BIT(24) /* TSC deadline */ | BIT(27) /* OSXSAVE */)
#define L1C_HYPERVISOR BIT(31)
#define L1C_OSXSAVE    BIT(27)
#define L1C_XSAVE      BIT(26)
#define L1D_HIDE                                                                           \
	(BIT(1) /* VME */ | BIT(3) /* PSE */ | BIT(7) /* MCE */ | BIT(12) /* MTRR */ |     \
	 BIT(13) /* PGE */ | BIT(14) /* MCA */ | BIT(17) /* PSE36 */ | BIT(18) /* PSN */ | \
	 BIT(21) /* DS */ | BIT(22) /* ACPI */ | BIT(28) /* HTT */ | BIT(29) /* TM */ |    \
	 BIT(31) /* PBE */)
#define L1D_DOM0_ONLY BIT(9) /* APIC */
/* Leaf 4: the type and level of a cache, not how many processors share it. */
#define L4A_SHOW 0x3fff
/* Leaf 7: what needs nothing of the operating system but registers in XCR0 that we switch. */
#define L7B_FSGSBASE BIT(0)
#define L7B_SHOW                                                                           \
	(L7B_FSGSBASE | BIT(3) | BIT(5) /* AVX2 */ | BIT(8) | BIT(9) | BIT(16) | BIT(17) | \
	 BIT(18) | BIT(19) | BIT(21) | BIT(23) | BIT(24) | BIT(28) | BIT(29) | BIT(30) | BIT(31))
#define L7C_SHOW \
	(BIT(1) | BIT(6) | BIT(8) | BIT(9) | BIT(10) | BIT(11) | BIT(12) | BIT(14) | BIT(22))
#define L7D_SHOW       (BIT(2) | BIT(3) | BIT(4) | BIT(8) | BIT(14))
#define L7B_FAST_BYTES BIT(9) /* ERMS */
#define L7D_FAST_BYTES BIT(4) /* FSRM */
#define LD1_XSAVEOPT   BIT(0)
#define E1C_HIDE                                                                             \
	(BIT(1) /* CMP_LEGACY */ | BIT(2) /* SVM */ | BIT(3) | BIT(9) | BIT(10) /* IBS */ |  \
	 BIT(12) | BIT(13) | BIT(15) | BIT(19) | BIT(22) /* TOPOEXT */ | BIT(23) | BIT(24) | \
	 BIT(27) | BIT(28) | BIT(29))
#define E1D_HIDE                                                                     \
	(BIT(1) | BIT(3) | BIT(12) | BIT(13) | BIT(17) | BIT(26) /* 1 GiB pages */ | \
	 BIT(27) /* RDTSCP */)
#define E7D_SHOW     BIT(8) /* invariant TSC */
#define BASIC_MAX    0xdu
#define EXTENDED_MAX 0x80000008u

/*
 * What is kept of the processor's answer; of other leaves all of it. Each vcpu is a package of its
 * own: which of them share a core or a cache changes as they are scheduled.
 */
static const struct {
	u32 leaf;
	struct cpuid_regs keep;
} masks[] = {
	{ 1, { ~0u, 0xffff, ~L1C_HIDE, ~L1D_HIDE } },
	{ 4, { L4A_SHOW, ~0u, ~0u, ~0u } },
	{ 5, { 0 } }, /* MONITOR */
	{ 6, { 0 } }, /* thermal */
	{ 7, { 0, L7B_SHOW, L7C_SHOW, L7D_SHOW } },
	{ 9, { 0 } },
	{ 0xa, { 0 } }, /* performance counters */
	{ 0xb, { 0 } }, /* topology */
	{ 0x80000001, { ~0u, ~0u, ~E1C_HIDE, ~E1D_HIDE } },
	{ 0x80000007, { .d = E7D_SHOW } },
	{ 0x80000008, { .a = ~0u } }, /* without the number of cores */
};

static void leaf_1(struct vcpu *v, struct cpuid_regs *r)
{
	r->c |= L1C_HYPERVISOR;
	if (r->c & L1C_XSAVE) /* CR4.OSXSAVE is set: kernels look before they use XSETBV */
		r->c |= L1C_OSXSAVE;
	if (!v->dom->privileged)
		r->d &= ~L1D_DOM0_ONLY;
	r->b |= (v->id * 2 & 0xff) << 24 | 1 << 16; /* its APIC's number; one thread */
}

static void leaf_7(u32 sub, struct cpuid_regs *r)
{
	if (sub)
		*r = (struct cpuid_regs){ 0 };
	if (!features.fsgsbase)
		r->b &= ~L7B_FSGSBASE;
	if (features.emulated) { /* a hint that is false there: better by words */
		r->b &= ~L7B_FAST_BYTES;
		r->d &= ~L7D_FAST_BYTES;
	}
}

/* Bytes of the XSAVE area for the states that the guest turned on. */
static u32 xsave_size(const struct vcpu *v)
{
	u32 size = 576; /* the legacy area and the header */

	for (u32 i = 2; i < 64; i++)
		if (v->control.xcr0 & features.xfeatures & 1ul << i) {
			struct cpuid_regs r = cpuid(0xd, i);

			size = MAX(size, r.a + r.b);
		}
	return size;
}

static void leaf_d(struct vcpu *v, u32 sub, struct cpuid_regs *r)
{
	struct cpuid_regs host = *r;

	*r = (struct cpuid_regs){ 0 };
	if (!features.xsave)
		return;
	if (sub == 0)
		*r = (struct cpuid_regs){ .a = (u32)features.xfeatures,
					  .b = xsave_size(v),
					  .c = features.fpu_size,
					  .d = features.xfeatures >> 32 };
	else if (sub == 1)
		r->a = host.a & LD1_XSAVEOPT;
	else if (sub < 64 && features.xfeatures >> sub & 1)
		*r = host;
}

static struct cpuid_regs leaf_hypervisor(u32 n, u32 sub)
{
	const struct time_scale *scale = time_tsc_scale();

	if (n == 0)
		return (struct cpuid_regs){ XEN_CPUID_FIRST_LEAF + XEN_CPUID_MAX_NUM_LEAVES,
					    XEN_CPUID_SIGNATURE_EBX, XEN_CPUID_SIGNATURE_ECX,
					    XEN_CPUID_SIGNATURE_EDX };
	if (n == 1) /* the ABI's version, as XENVER_version */
		return (struct cpuid_regs){ .a = 4 << 16 | 17 };
	if (n == 2)
		return (struct cpuid_regs){ 1, XEN_CPUID_FIRST_LEAF,
					    XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD, 0 };
	if (n == 3 && sub == 0) /* the TSC is never emulated */
		return (struct cpuid_regs){ .c = (u32)time_tsc_khz() };
	if (n == 3 && sub == 1) /* pvclock's scale */
		return (struct cpuid_regs){ .c = scale->mul, .d = (u32)scale->shift };
	if (n == 5 && sub == 0)
		return (struct cpuid_regs){ .b = features.phys_bits &
						 XEN_CPUID_MACHINE_ADDRESS_WIDTH_MASK };
	return (struct cpuid_regs){ 0 };
}

static struct cpuid_regs masked(u32 leaf, u32 sub)
{
	struct cpuid_regs r = cpuid(leaf, sub);

	for (u32 i = 0; i < ARRAY_SIZE(masks); i++)
		if (masks[i].leaf == leaf) {
			r.a &= masks[i].keep.a;
			r.b &= masks[i].keep.b;
			r.c &= masks[i].keep.c;
			r.d &= masks[i].keep.d;
		}
	return r;
}

void guest_cpuid(struct vcpu *v, u32 leaf, u32 sub, struct cpuid_regs *out)
{
	*out = (struct cpuid_regs){ 0 };
	if (leaf >= XEN_CPUID_FIRST_LEAF && leaf < XEN_CPUID_FIRST_LEAF + 0x100)
		*out = leaf_hypervisor(leaf - XEN_CPUID_FIRST_LEAF, sub);
	else if (leaf <= MIN(features.max_leaf, BASIC_MAX) ||
		 (leaf >= 0x80000000 && leaf <= MIN(features.max_ext_leaf, EXTENDED_MAX)))
		*out = masked(leaf, sub);
	if (leaf == 0)
		out->a = MIN(out->a, BASIC_MAX);
	else if (leaf == 1)
		leaf_1(v, out);
	else if (leaf == 7)
		leaf_7(sub, out);
	else if (leaf == 0xd)
		leaf_d(v, sub, out);
	else if (leaf == 0x80000000)
		out->a = MIN(out->a, EXTENDED_MAX);
}
