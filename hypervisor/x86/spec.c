/* SPDX-License-Identifier: MIT */
/*
 * What is done against speculation while guests run, as it was decided at boot (boot/spec.c): a
 * guest's own defence, and what follows one domain by another on a CPU.
 */
#include <x86/asm.h>
#include <x86/cpu.h>
#include <x86/spec.h>

#define PRED_CMD_IBPB 1ul

u32 spec_defences;
struct spec_guest spec_guest;
bool spec_guests_defend;

u32 spec_ctrl_ours;
u32 spec_ctrl_ring0;

/* --- a guest's own defence -------------------------------------------------------------------- */

void spec_guest_ctrl(u64 bits)
{
	u32 value = spec_ctrl_ours | bits;

	assert(!(bits & ~spec_guest.ctrl));
	if (cpu_info()->spec_ctrl == value)
		return;

	cpu_info()->spec_ctrl = value;
	if (spec_uses(DEFENCE_ENTRY_IBRS))
		return; /* on the way to the guest (spec_entry.S) */

	wrmsr_safe(MSR_SPEC_CTRL, value);
}

void spec_guest_ibpb(void)
{
	wrmsr_safe(MSR_PRED_CMD, PRED_CMD_IBPB);
}

/* --- from one domain to another -------------------------------------------------------------- */

#define RSB_ENTRIES 32 /* at least as many as any processor has */

/* Calls that never return fill the return stack with places that catch who follows them. */
static void rsb_fill(void)
{
	__asm__ volatile(".rept %c0\n"
			 "call 772f\n"
			 "771: pause; lfence; jmp 771b\n"
			 "772:\n"
			 ".endr\n"
			 "add $(%c0 * 8), %%rsp\n"
			 "lfence"
			 :
			 : "i"(RSB_ENTRIES)
			 : "memory", "cc");
}

void spec_domain_changes(void)
{
	if (spec_uses(DEFENCE_IBPB))
		wrmsr_safe(MSR_PRED_CMD, PRED_CMD_IBPB);
	if (spec_uses(DEFENCE_RSB))
		rsb_fill();
}
