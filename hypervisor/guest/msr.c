/* SPDX-License-Identifier: MIT */
/*
 * The few MSRs a PV guest has: its segment bases, those for its defence against speculation
 * (boot/spec_guest.c), and read-only answers to what kernels ask every processor. Writes to the
 * latter are dropped, as the ABI does, so that probing kernels go on; all others fault.
 */
#include <guest/guest.h>
#include <x86/asm.h>
#include <x86/paging.h>
#include <x86/spec.h>

#define MSR_PLATFORM_ID 0x17
#define MSR_UCODE_REV   0x8b
#define MSR_MISC_ENABLE 0x1a0
#define MSR_AMD_HWCR    0xc0010015
#define MSR_AMD_DE_CFG  0xc0011029

#define PRED_CMD_IBPB 1ul

/* A guest's kernel is in long mode, and sees SYSCALL on too. */
#define EFER_SHOWN (EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE)

/* Only bits that it was shown. */
static bool write_spec_ctrl(struct vcpu *v, u64 val)
{
	if (!spec_guest.ctrl || val & ~spec_guest.ctrl)
		return false;

	WRITE_ONCE(spec_guests_defend, true);
	v->control.spec_ctrl = val;
	spec_guest_ctrl(val);
	return true;
}

static bool write_pred_cmd(struct vcpu *v, u64 val)
{
	if (!spec_shows_ibpb(&spec_guest) || val & ~PRED_CMD_IBPB)
		return false;

	if (!val)
		return true;

	WRITE_ONCE(spec_guests_defend, true);
	v->control.barriers = true;
	spec_guest_ibpb();
	return true;
}

bool guest_rdmsr(struct vcpu *v, u32 msr, u64 *val)
{
	switch (msr) {
	case MSR_EFER:
		*val = EFER_SHOWN;
		return true;
	case MSR_APIC_BASE:
		return v->dom->privileged && rdmsr_safe(msr, val);
	case MSR_SPEC_CTRL:
		*val = v->control.spec_ctrl;
		return spec_guest.ctrl;
	case MSR_ARCH_CAPABILITIES:
		*val = spec_guest.arch_caps;
		return spec_guest.arch_caps;
	case MSR_FS_BASE: /* what the guest's kernel, which runs, has loaded */
	case MSR_GS_BASE:
	case MSR_SHADOW_GS_BASE:
	case MSR_TSC:
	case MSR_PAT:
	case MSR_MISC_ENABLE:
	case MSR_PLATFORM_ID:
	case MSR_UCODE_REV:
	case MSR_AMD_HWCR:
	case MSR_AMD_DE_CFG:
		return rdmsr_safe(msr, val);
	default:
		return false;
	}
}

bool guest_wrmsr(u32 msr, u64 val)
{
	switch (msr) {
	case MSR_FS_BASE:
	case MSR_GS_BASE:
	case MSR_SHADOW_GS_BASE:
		if (!va_canonical(val))
			return false;

		return wrmsr_safe(msr, val);
	case MSR_SPEC_CTRL:
		return write_spec_ctrl(current(), val);
	case MSR_PRED_CMD:
		return write_pred_cmd(current(), val);
	case MSR_PAT: /* the ABI's PAT is fixed; kernels write the same */
	case MSR_MISC_ENABLE:
	case MSR_UCODE_REV:
	case MSR_AMD_HWCR:
	case MSR_AMD_DE_CFG:
	case MSR_TSC:
	case MSR_EFER:
		return true;
	default:
		return false;
	}
}
