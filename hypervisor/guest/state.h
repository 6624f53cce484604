/* SPDX-License-Identifier: MIT */
/*
 * What a guest is shown of its processor, as a vcpu keeps it (dom/domain.h). Touched by the CPU
 * that the vcpu is loaded on alone, or while it is paused; nmi_pending by any CPU.
 */
#ifndef GUEST_STATE_H
#define GUEST_STATE_H

#include <lib/types.h>
#include <pvabi/xen.h>

/* Where the guest's kernel is entered other than by a trap; 0: nowhere. entry.S reads these. */
struct vcpu_callbacks {
	u64 syscall, event, failsafe;
	u32 mask_events; /* a bit per CALLBACKTYPE: events are masked on this entry */
};

/* The stack it is entered on from the guest's user part. */
struct vcpu_stack {
	u64 sp, ss;
};

/* Its virtual interrupt table. An NMI is delivered by a gate of it too. */
struct vcpu_traps {
	bool nmi_pending;
	struct trap_info gate[XEN_TRAP_VECTORS];
};

/* Segment bases while they are not in the processor. */
struct vcpu_segments {
	u64 fs_base, gs_base_kernel, gs_base_user;
};

/* Control registers as the guest sees them. */
struct vcpu_control_regs {
	bool ts; /* CR0.TS */
	u64 cr2, cr4, xcr0;
	u64 spec_ctrl; /* its own bits of IA32_SPEC_CTRL */
	bool barriers; /* it asks for IBPBs */
	u32 ran_on;    /* the CPU that it was loaded on last */
};

struct vcpu_debug {
	u64 dr[XEN_DEBUG_REGISTERS];
};

/* Ports that the guest's kernel lets its user part use (PHYSDEVOP_set_iopl, _set_iobitmap). */
struct vcpu_io {
	u32 iopl;
	u32 bitmap_ports; /* how many the bitmap speaks of */
	u64 bitmap;       /* the guest's address of it: a set bit forbids a port */
};

/* Ports that a domain may use. */
struct domain_io {
	u64 *ports; /* bitmap of 65536; NULL: none */
};

#endif
