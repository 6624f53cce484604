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
#define L1C_HIDE (BIT(2) /* DTES64 */ | BIT(3) /* MONITOR */ | BIT(4) /* DS-CPL */ | BIT(5) /* VMX */ | \
		  BIT(6) /* SMX */ | BIT(7) /* EIST */ | BIT(8) /* TM2 */ | BIT(11) /* SDBG */ |	\
		  BIT(14) /* xTPR */ | BIT(15) /* PDCM */ | BIT(17) /* PCID */ | BIT(18) /* DCA */ | \
		  BIT(21) /* x2APIC */ | BIT(24) /* TSC deadline */ | BIT(27) /* OSXSAVE */)
#define L1C_HYPERVISOR BIT(31)
#define L1C_OSXSAVE BIT(27)
#define L1C_XSAVE BIT(26)
#define L1D_HIDE (BIT(1) /* VME */ | BIT(3) /* PSE */ | BIT(7) /* MCE */ | BIT(12) /* MTRR */ |     \
		  BIT(13) /* PGE */ | BIT(14) /* MCA */ | BIT(17) /* PSE36 */ | BIT(18) /* PSN */ | \
		  BIT(21) /* DS */ | BIT(22) /* ACPI */ | BIT(29) /* TM */ | BIT(31) /* PBE */)
#define L1D_DOM0_ONLY BIT(9) /* APIC */
/* Leaf 7: what needs nothing of the operating system but registers in XCR0 that we switch. */
#define L7B_SHOW (BIT(0) /* FSGSBASE */ | BIT(3) | BIT(5) /* AVX2 */ | BIT(8) | BIT(9) | BIT(16) | \
		  BIT(17) | BIT(18) | BIT(19) | BIT(21) | BIT(23) | BIT(24) | BIT(28) | BIT(29) |	\
		  BIT(30) | BIT(31))
#define L7C_SHOW (BIT(1) | BIT(6) | BIT(8) | BIT(9) | BIT(10) | BIT(11) | BIT(12) | BIT(14) | BIT(22))
#define L7D_SHOW (BIT(2) | BIT(3) | BIT(4) | BIT(8) | BIT(14))
#define L7B_FAST_BYTES BIT(9) /* ERMS */
#define L7D_FAST_BYTES BIT(4) /* FSRM */
#define LD1_SHOW (BIT(0) /* XSAVEOPT */)
#define E1C_HIDE (BIT(2) /* SVM */ | BIT(3) | BIT(9) | BIT(10) /* IBS */ | BIT(12) | BIT(13) | BIT(15) |  \
		  BIT(19) | BIT(22) | BIT(23) | BIT(24) | BIT(27) | BIT(28) | BIT(29))
#define E1D_HIDE (BIT(1) | BIT(3) | BIT(12) | BIT(13) | BIT(17) | BIT(26) /* 1 GiB pages */ | \
		  BIT(27) /* RDTSCP */)
#define E7D_SHOW BIT(8) /* invariant TSC */

static void leaf_1(struct vcpu *v, struct cpuid_regs *r)
{
	r->c &= ~L1C_HIDE;
	r->c |= L1C_HYPERVISOR;
	if (r->c & L1C_XSAVE) /* CR4.OSXSAVE is ours and set: kernels look for it before they use XSETBV */
		r->c |= L1C_OSXSAVE;
	r->d &= ~L1D_HIDE;
	if (!v->dom->privileged)
		r->d &= ~L1D_DOM0_ONLY;
	r->b = (r->b & 0x0000ffff) | (v->id * 2 & 0xff) << 24 | 1 << 16;
}

static void leaf_7(u32 sub, struct cpuid_regs *r)
{
	if (sub) {
		*r = (struct cpuid_regs){ 0 };
		return;
	}
	r->a = 0;
	r->b &= L7B_SHOW;
	if (!features.fsgsbase)
		r->b &= ~BIT(0);
	r->c &= L7C_SHOW;
	r->d &= L7D_SHOW;
	if (features.emulated) { /* a hint that is false there: kernels then clear and copy by words */
		r->b &= ~L7B_FAST_BYTES;
		r->d &= ~L7D_FAST_BYTES;
	}
}

/* Sizes of the XSAVE area for the states we allow, and for those the guest turned on. */
static void leaf_d(struct vcpu *v, u32 sub, struct cpuid_regs *r)
{
	if (!features.xsave) {
		*r = (struct cpuid_regs){ 0 };
	} else if (sub == 0) {
		u32 size = 576;

		for (u32 i = 2; i < 64; i++)
			if (v->xcr0 & features.xfeatures & 1ul << i) {
				struct cpuid_regs s = cpuid(0xd, i);

				size = MAX(size, s.a + s.b);
			}
		*r = (struct cpuid_regs){ .a = (u32)features.xfeatures, .b = size,
					  .c = features.fpu_size, .d = (u32)(features.xfeatures >> 32) };
	} else if (sub == 1) {
		*r = (struct cpuid_regs){ .a = r->a & LD1_SHOW };
	} else if (sub >= 64 || !(features.xfeatures >> sub & 1)) {
		*r = (struct cpuid_regs){ 0 };
	}
}

static void leaf_hypervisor(struct vcpu *v, u32 leaf, u32 sub, struct cpuid_regs *r)
{
	const struct time_scale *scale = time_tsc_scale();

	*r = (struct cpuid_regs){ 0 };
	switch (leaf - XEN_CPUID_FIRST_LEAF) {
	case 0:
		r->a = XEN_CPUID_FIRST_LEAF + XEN_CPUID_MAX_NUM_LEAVES;
		r->b = XEN_CPUID_SIGNATURE_EBX;
		r->c = XEN_CPUID_SIGNATURE_ECX;
		r->d = XEN_CPUID_SIGNATURE_EDX;
		break;
	case 1:
		r->a = 4 << 16 | 17; /* the ABI's version, as XENVER_version */
		break;
	case 2:
		r->a = 1;
		r->b = XEN_CPUID_FIRST_LEAF;
		r->c = XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD;
		break;
	case 3: /* sub 0: mode and kHz; sub 1: pvclock's scale; the TSC is never emulated */
		if (sub == 0) {
			r->c = (u32)time_tsc_khz();
		} else if (sub == 1) {
			r->c = scale->mul;
			r->d = (u32)scale->shift;
		}
		break;
	case 5:
		if (sub == 0)
			r->b = features.phys_bits & XEN_CPUID_MACHINE_ADDRESS_WIDTH_MASK;
		break;
	}
}

static void leaf_extended(struct vcpu *v, u32 leaf, struct cpuid_regs *r)
{
	switch (leaf) {
	case 0x80000001:
		r->c &= ~E1C_HIDE;
		r->d &= ~E1D_HIDE;
		break;
	case 0x80000007:
		*r = (struct cpuid_regs){ .d = r->d & E7D_SHOW };
		break;
	case 0x80000008:
		r->b = 0;
		r->c &= 0xff;
		break;
	case 0x8000000a: /* SVM */
	case 0x8000001b: /* IBS */
	case 0x8000001f: /* memory encryption */
		*r = (struct cpuid_regs){ 0 };
		break;
	}
}

void guest_cpuid(struct vcpu *v, u32 leaf, u32 sub, struct cpuid_regs *out)
{
	if (leaf >= XEN_CPUID_FIRST_LEAF && leaf < XEN_CPUID_FIRST_LEAF + 0x100) {
		leaf_hypervisor(v, leaf, sub, out);
		return;
	}
	if ((leaf < 0x80000000 && leaf > MIN(features.max_leaf, 0xdu)) ||
	    leaf > MIN(features.max_ext_leaf, 0x80000008u)) {
		*out = (struct cpuid_regs){ 0 };
		return;
	}
	*out = cpuid(leaf, sub);
	switch (leaf) {
	case 0:
		out->a = MIN(out->a, 0xdu);
		break;
	case 1:
		leaf_1(v, out);
		break;
	case 5: /* MONITOR */
	case 6: /* thermal */
	case 9:
	case 0xa: /* performance counters */
	case 0xb: /* topology: none is shown */
		*out = (struct cpuid_regs){ 0 };
		break;
	case 7:
		leaf_7(sub, out);
		break;
	case 0xd:
		leaf_d(v, sub, out);
		break;
	case 0x80000000:
		out->a = MIN(out->a, 0x80000008u);
		break;
	default:
		if (leaf >= 0x80000000)
			leaf_extended(v, leaf, out);
	}
}
