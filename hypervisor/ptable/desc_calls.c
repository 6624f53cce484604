/* SPDX-License-Identifier: MIT */
/* Hypercalls on descriptor tables: set_gdt and update_descriptor. */
#include <lib/hypercall.h>
#include <ptable/desc.h>
#include <ptable/internal.h>
#include <x86/cpu.h>

long hc_set_gdt(struct hypercall *hc)
{
	u64 *list = HC_PTR(hc, 0, u64);
	u32 entries = (u32)hc->arg[1];
	mfn_t frames[GDT_GUEST_PAGES];
	int rc;

	if (entries > GDT_RESERVED_FIRST)
		return fail(-EINVAL, "a GDT of %u entries reaches the hypervisor's own", entries);
	for (u32 i = 0; i < (entries + DESC_PER_PAGE - 1) / DESC_PER_PAGE; i++)
		if (guest_read(&frames[i].n, list, i))
			return fail(-EFAULT, "the list of GDT frames can not be read");
	do {
		rc = desc_set_gdt(current(), frames, entries);
	} while (rc == -ERESTART && !preempt_window());
	return rc;
}

long hc_update_descriptor(struct hypercall *hc)
{
	return desc_update(current()->dom, hc->arg[0], hc->arg[1]);
}
