/* SPDX-License-Identifier: MIT */
/*
 * The banks of this CPU. They are read by plain RDMSR: at a machine check nothing may fault, for
 * the way back from a fault lets NMIs in that are held back (x86/traps.h).
 */
#include <lib/log.h>
#include <x86/asm.h>
#include <x86/features.h>
#include <x86/mca.h>

#define MSR_MCG_CAP       0x179
#define MSR_MCG_STATUS    0x17a
#define MSR_MCG_CTL       0x17b
#define MSR_BANK(n, what) (0x400 + 4 * (n) + (what))
enum { BANK_CTL, BANK_STATUS, BANK_ADDR, BANK_MISC };

#define MCG_CAP_COUNT 0xfful
#define MCG_CAP_CTL_P (1ul << 8)
#define MCG_CAP_SER_P (1ul << 24)

#define CPUID_MCE        (1u << 7)
#define CPUID_MCA        (1u << 14)
#define CPUID_AMD_SUCCOR (1u << 1) /* of 0x80000007.ebx */

#define BANKS_MOST     32 /* that MSRs from 0x400 on have room for */
#define STATUS_VAL     (1ul << 63)
#define ALL            ~0ul
#define NEHALEM        0x1a /* of family 6, the first whose bank 0 is the system's to turn on */
#define LEFTOVERS_MOST 8    /* told */

static u32 banks;
static enum mca_recovery recovery;

static void banks_find(void)
{
	struct cpuid_regs basic = cpuid(1, 0);
	u64 cap;

	if (!(basic.d & CPUID_MCE) || !(basic.d & CPUID_MCA))
		return;
	if (!rdmsr_safe(MSR_MCG_CAP, &cap))
		return;

	banks = MIN(cap & MCG_CAP_COUNT, (u64)BANKS_MOST);

	if (cap & MCG_CAP_SER_P)
		recovery = MCA_RECOVERS_BY_BITS;
	else if (features.vendor[0] == 'A' && features.max_ext_leaf >= 0x80000007 &&
		 (cpuid(0x80000007, 0).b & CPUID_AMD_SUCCOR))
		recovery = MCA_RECOVERS_BY_PCC;

	if ((cap & MCG_CAP_CTL_P) && !wrmsr_safe(MSR_MCG_CTL, ALL))
		log_warn("machine checks: MCG_CTL can not be written");
}

/* Intel's early processors of family 6 keep bank 0 for the firmware (SDM vol. 3, 16.3.2.1). */
static bool bank_is_firmware(u32 bank)
{
	return !bank && features.vendor[0] == 'G' && features.family == 6 &&
	       features.model < NEHALEM;
}

void mca_init_cpu(void)
{
	struct mca_error e;
	u32 told = 0;

	banks_find();

	for (u32 i = 0; i < banks; i++) {
		if (mca_read(i, &e) && told++ < LEFTOVERS_MOST)
			log_warn("machine check before the start: bank %u, %s, status %#lx", i,
				 mca_part(e.status), e.status);

		mca_clear(i);
		if (!bank_is_firmware(i) && !wrmsr_safe(MSR_BANK(i, BANK_CTL), ALL))
			log_warn("machine checks: bank %u can not be turned on", i);
	}
}

u32 mca_banks(void)
{
	return banks;
}

enum mca_recovery mca_recovery(void)
{
	return recovery;
}

bool mca_read(u32 bank, struct mca_error *e)
{
	*e = (struct mca_error){ .bank = bank, .status = rdmsr(MSR_BANK(bank, BANK_STATUS)) };
	if (!(e->status & STATUS_VAL))
		return false;

	/* Bits 58 and 59 say whether the bank has these at all. */
	if (e->status >> 58 & 1)
		e->addr = rdmsr(MSR_BANK(bank, BANK_ADDR));
	if (e->status >> 59 & 1)
		e->misc = rdmsr(MSR_BANK(bank, BANK_MISC));

	return true;
}

void mca_clear(u32 bank)
{
	wrmsr(MSR_BANK(bank, BANK_STATUS), 0);
}

u64 mca_status(void)
{
	return rdmsr(MSR_MCG_STATUS);
}

void mca_finished(void)
{
	wrmsr(MSR_MCG_STATUS, 0);
}
