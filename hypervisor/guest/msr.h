/* SPDX-License-Identifier: MIT */
/* Model-specific registers as a guest is shown them. Both return false for "#GP". */
#ifndef GUEST_MSR_H
#define GUEST_MSR_H

#include <dom/domain.h>

bool guest_rdmsr(struct vcpu *v, u32 msr, u64 *val);
bool guest_wrmsr(struct vcpu *v, u32 msr, u64 val);
/* Writes the hypercall stubs of the ABI into @page, 4096 bytes of ours. (hypercall_page.c) */
void guest_fill_hypercall_page(void *page);

#endif
