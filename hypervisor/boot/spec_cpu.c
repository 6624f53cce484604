/* SPDX-License-Identifier: MIT */
/* Asks the processor for what spec.c decides by, and says on the console what was decided. */
#include <boot/spec.h>
#include <lib/format.h>
#include <lib/log.h>
#include <lib/string.h>
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/features.h>

#define LEAF7D_ARCH_CAPS (1u << 29)
#define NAMES_MAX        200 /* of all faults: longer than the longest list */

/* IA32_TSX_CTRL; IA32_MCU_OPT_CTRL; AMD's DE_CFG: the bit against Zenbleed (SB-7008). */
#define TSX_CTRL_RTM_DISABLE 3ul /* transactions abort, and CPUID does not show them */
#define LEAF7D_MCU_OPT_CTRL  (1u << 9)
#define CAPS_GDS_CTRL        (1ul << 25)
#define RNGDS_MITIGATION_OFF (1ul << 0)
#define GDS_MITIGATION_OFF   (1ul << 4)
#define MSR_AMD_DE_CFG       0xc0011029
#define DE_CFG_ZEN2_FP       (1ul << 9)

static struct spec_cpu spec_cpu;
static u32 faults;

static enum spec_vendor vendor_of(const char *name)
{
	if (!memcmp(name, "GenuineIntel", 12))
		return SPEC_INTEL;
	if (!memcmp(name, "AuthenticAMD", 12))
		return SPEC_AMD;
	if (!memcmp(name, "HygonGenuine", 12))
		return SPEC_HYGON;
	return SPEC_OTHER;
}

static void leaf7_read(struct spec_cpu *c)
{
	struct cpuid_regs r = cpuid(7, 0);

	c->leaf7_b = r.b;
	c->leaf7_d = r.d;
	if (r.a >= 2)
		c->leaf72_d = cpuid(7, 2).d;
}

static struct spec_cpu cpu_read(void)
{
	struct spec_cpu c = {
		.vendor = vendor_of(features.vendor),
		.family = features.family,
		.model = features.model,
		.stepping = features.stepping,
	};

	if (features.max_leaf >= 7)
		leaf7_read(&c);
	if (features.max_ext_leaf >= 0x80000008)
		c.ext8_b = cpuid(0x80000008, 0).b;
	if (features.max_ext_leaf >= 0x80000021) {
		struct cpuid_regs r = cpuid(0x80000021, 0);

		c.ext21_a = r.a;
		c.ext21_c = r.c;
	}

	/* A hypervisor below us may show the bit and not the MSR. */
	if ((c.leaf7_d & LEAF7D_ARCH_CAPS) && !rdmsr_safe(MSR_ARCH_CAPABILITIES, &c.arch_caps))
		c.arch_caps = 0;
	return c;
}

/* Why it is used or not. */
static const char *reason(enum spec_defence d, const struct spec_words *w)
{
	static const struct spec_words none;

	if (spec_uses(d))
		return w->force & SPEC_BIT(d) ? "on by spec-ctrl=" : "on, it is needed";
	if (w->forbid & SPEC_BIT(d))
		return "off by spec-ctrl=";
	if (!spec_offers(&spec_cpu, d))
		return "not offered";
	if (spec_choose(&spec_cpu, faults, &none) & SPEC_BIT(d))
		return "off, another serves";
	return "off, not needed";
}

void spec_init(const struct spec_words *w)
{
	char names[NAMES_MAX];

	spec_cpu = cpu_read();
	faults = spec_faults(&spec_cpu);
	spec_defences = spec_choose(&spec_cpu, faults, w);
	spec_guest_view(&spec_cpu, &spec_guest);
	spec_ctrl_ours = spec_ctrl_value(&spec_cpu, spec_defences);
	spec_ctrl_ring0 = spec_ctrl_ours | SPEC_CTRL_IBRS;

	log_info("speculation: this processor has %s",
		 spec_faults_name(faults, names, sizeof(names)));
	for (u32 d = 0; d < DEFENCES; d++)
		log_info("speculation: %s: %s", spec_defence_name(d), reason(d, w));
}

/* --- registers ------------------------------------------------------------------------------- */

/* A hypervisor below us may refuse any of these: then it has its reasons. */
static void msr_bits(u32 msr, u64 clear, u64 set)
{
	u64 val;

	if (rdmsr_safe(msr, &val))
		wrmsr_safe(msr, (val & ~clear) | set);
}

static void amd_apply(void)
{
	if (spec_uses(DEFENCE_IBRS))
		msr_bits(MSR_EFER, 0, EFER_AIBRSE);
	if (faults & SPEC_BIT(FAULT_ZENBLEED))
		msr_bits(MSR_AMD_DE_CFG, 0, DE_CFG_ZEN2_FP);
}

/* What microcode does against GDS and SRBDS is on by itself, unless somebody turned it off. */
static void intel_apply(void)
{
	if (spec_uses(DEFENCE_NO_TSX))
		msr_bits(MSR_TSX_CTRL, 0, TSX_CTRL_RTM_DISABLE);

	if (spec_cpu.leaf7_d & LEAF7D_MCU_OPT_CTRL)
		msr_bits(MSR_MCU_OPT_CTRL, RNGDS_MITIGATION_OFF, 0);
	if (spec_cpu.arch_caps & CAPS_GDS_CTRL)
		msr_bits(MSR_MCU_OPT_CTRL, GDS_MITIGATION_OFF, 0);
}

void spec_apply(void)
{
	cpu_info()->spec_ctrl = spec_ctrl_ours;
	if (spec_ctrl_ours)
		wrmsr_safe(MSR_SPEC_CTRL, spec_ctrl_ours);

	if (spec_cpu.vendor == SPEC_INTEL)
		intel_apply();
	else if (spec_cpu.vendor != SPEC_OTHER)
		amd_apply();
}
