/* SPDX-License-Identifier: MIT */
/*
 * A guest's handling of its own vcpus: vcpu_op(cmd, vcpuid, arg) with a VCPUOP_*
 * and its struct. Timers and registered areas of memory belong to one vcpu each.
 */
#ifndef PVABI_VCPU_H
#define PVABI_VCPU_H

#include "xen.h"

#define VCPUOP_initialise                     0 /* arg: struct vcpu_guest_context */
#define VCPUOP_up                             1
#define VCPUOP_down                           2
#define VCPUOP_is_up                          3
#define VCPUOP_get_runstate_info              4
#define VCPUOP_register_runstate_memory_area  5
#define VCPUOP_set_periodic_timer             6
#define VCPUOP_stop_periodic_timer            7
#define VCPUOP_set_singleshot_timer           8
#define VCPUOP_stop_singleshot_timer          9
#define VCPUOP_register_vcpu_info             10
#define VCPUOP_send_nmi                       11
#define VCPUOP_get_physid                     12
#define VCPUOP_register_vcpu_time_memory_area 13

#define RUNSTATE_running  0
#define RUNSTATE_runnable 1
#define RUNSTATE_blocked  2
#define RUNSTATE_offline  3 /* down, paused, or crashed */

/* Set in state_entry_time while a copy in the guest's memory changes. */
#define XEN_RUNSTATE_UPDATE (xen_mk_ullong(1) << 63)

struct vcpu_runstate_info {
	int state;                 /* RUNSTATE_* */
	uint64_t state_entry_time; /* system time, ns */
	uint64_t time[4];          /* ns spent in each state */
};
PVABI_SIZE(struct vcpu_runstate_info, 48);

/* Where the hypervisor keeps a copy from now on; a virtual address. */
struct vcpu_register_runstate_memory_area {
	union {
		GUEST_HANDLE(struct vcpu_runstate_info) h;
		struct vcpu_runstate_info *v;
		uint64_t p;
	} addr;
};
PVABI_SIZE(struct vcpu_register_runstate_memory_area, 8);

struct vcpu_set_periodic_timer {
	uint64_t period_ns;
};

/* With _future a time that has passed is refused with ETIME. */
#define _VCPU_SSHOTTMR_future 0
#define VCPU_SSHOTTMR_future  (1U << _VCPU_SSHOTTMR_future)
struct vcpu_set_singleshot_timer {
	uint64_t timeout_abs_ns;
	uint32_t flags; /* VCPU_SSHOTTMR_* */
};
PVABI_SIZE(struct vcpu_set_singleshot_timer, 16);

/* Moves vcpu_info out of shared_info, once and for good. */
struct vcpu_register_vcpu_info {
	uint64_t mfn;
	uint32_t offset;
	uint32_t rsvd;
};
PVABI_SIZE(struct vcpu_register_vcpu_info, 16);

/* A second copy of vcpu_time_info, which user mode may read. */
struct vcpu_register_time_memory_area {
	union {
		GUEST_HANDLE(struct vcpu_time_info) h;
		struct vcpu_time_info *v;
		uint64_t p;
	} addr;
};
PVABI_SIZE(struct vcpu_register_time_memory_area, 8);

#endif
