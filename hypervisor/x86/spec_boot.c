/* SPDX-License-Identifier: MIT */
/* Asks the processor for what spec.c decides by, and says on the console what was decided. */
#include <lib/format.h>
#include <lib/log.h>
#include <lib/string.h>
#include <x86/asm.h>
#include <x86/features.h>
#include <x86/spec.h>

#define LEAF7D_ARCH_CAPS (1u << 29)
#define NAMES_MAX        200 /* of all faults: longer than the longest list */

u32 spec_defences;

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

static struct spec_cpu cpu_read(void)
{
	struct spec_cpu c = {
		.vendor = vendor_of(features.vendor),
		.family = features.family,
		.model = features.model,
		.stepping = features.stepping,
	};

	if (features.max_leaf >= 7) {
		struct cpuid_regs r = cpuid(7, 0);

		c.leaf7_b = r.b;
		c.leaf7_d = r.d;
	}
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
static const char *reason(enum spec_defence d, u32 faults, const struct spec_words *w)
{
	static const struct spec_words none;

	if (w->force & SPEC_BIT(d))
		return "on by spec-ctrl=";
	if (w->forbid & SPEC_BIT(d))
		return "off by spec-ctrl=";
	if (spec_choose(faults, &none) & SPEC_BIT(d))
		return "on, the processor needs it";
	return "off, the processor does not need it";
}

void spec_init(const struct spec_words *w)
{
	struct spec_cpu c = cpu_read();
	u32 faults = spec_faults(&c);
	char names[NAMES_MAX], uses[NAMES_MAX];
	size_t at = 0;

	spec_defences = spec_choose(faults, w);

	for (u32 d = 0; d < DEFENCES && at < sizeof(uses); d++)
		at += format(uses + at, sizeof(uses) - at, "; %s %s", spec_defence_name(d),
			     reason(d, faults, w));

	log_info("speculation: this processor has %s%s",
		 spec_faults_name(faults, names, sizeof(names)), uses);
}
