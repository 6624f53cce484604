/* SPDX-License-Identifier: MIT */
/* Who may map device memory. */
#include <devices/devices.h>
#include <frame/alloc.h>
#include <irq/irq.h>
#include <x86/features.h>
#include <x86/hooks.h>

#define LOCAL_APIC_MFN 0xfee00 /* a page of every CPU, where messages of devices arrive too */

/* For who drives the machine: all that is not RAM, but not the interrupt controllers. */
bool hook_iomem_permitted(struct domain *d, mfn_t m)
{
	if (!d->privileged || frame_of(m))
		return false;

	/* Beyond the addresses of the processor. */
	if (m.n >> (features.phys_bits - PAGE_SHIFT))
		return false;

	return m.n != LOCAL_APIC_MFN && !ioapic_owns(m);
}
