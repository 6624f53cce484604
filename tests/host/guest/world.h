/* SPDX-License-Identifier: MIT */
/* One vcpu of one domain, and what it reached of the machine. */
#ifndef TEST_GUEST_WORLD_H
#define TEST_GUEST_WORLD_H

#include <guest/guest.h>
#include <pvabi/xen.h>
#include <x86/spec.h>

#include <check.h>

#define IN_HYPERVISOR (HV_VIRT_START + 0x1000)
#define NON_CANONICAL 0x800000000000ul

extern struct domain dom;
extern struct vcpu vcpu;

/* What was last done, and how often. */
extern u32 port_accesses, crashes, toggles, msr_writes;
extern u32 barriers;     /* IBPBs that the guest asked for */
extern u64 spec_bits;    /* its own of IA32_SPEC_CTRL, as loaded */
extern bool msr_refused; /* the processor takes no value of an MSR */
extern u16 last_port;
extern u32 last_value;

void world_up(void);
long call(long (*hc)(struct hypercall *), u64 a, u64 b);

Suite *suite_ports(void);
Suite *suite_checks(void);
Suite *suite_emulate(void);

#endif
