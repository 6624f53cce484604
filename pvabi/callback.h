/* SPDX-License-Identifier: MIT */
/*
 * Where the hypervisor enters a guest kernel other than through its trap table:
 * callback_op(cmd, arg) with a CALLBACKOP_* and its struct.
 */
#ifndef PVABI_CALLBACK_H
#define PVABI_CALLBACK_H

#include "xen.h"

#define CALLBACKOP_register   0
#define CALLBACKOP_unregister 1

#define CALLBACKTYPE_event               0
#define CALLBACKTYPE_failsafe            1 /* a segment of the guest could not be loaded */
#define CALLBACKTYPE_syscall             2
#define CALLBACKTYPE_sysenter_deprecated 3
#define CALLBACKTYPE_nmi                 4
#define CALLBACKTYPE_sysenter            5
#define CALLBACKTYPE_syscall32           7

/* Events are masked on entry. */
#define _CALLBACKF_mask_events 0
#define CALLBACKF_mask_events  (1U << _CALLBACKF_mask_events)

struct callback_register {
	uint16_t type;  /* CALLBACKTYPE_* */
	uint16_t flags; /* CALLBACKF_* */
	xen_callback_t address;
};
PVABI_SIZE(struct callback_register, 16);

struct callback_unregister {
	uint16_t type;
	uint16_t _unused;
};
PVABI_SIZE(struct callback_unregister, 4);

#endif
