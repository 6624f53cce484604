/* SPDX-License-Identifier: MIT */
/* Who may map device memory. */
#include <devices/devices.h>
#include <frame/alloc.h>
#include <irq/irq.h>
#include <x86/features.h>
#include <x86/hooks.h>

#define LOCAL_APIC_MFN 0xfee00 /* a page of every CPU, where messages of devices arrive too */

/* Everything that is not RAM, but the interrupt controllers, for who drives the machine. */
bool hook_iomem_permitted(struct domain *d, mfn_t m)
{
	bool exists = !frame_of(m) && !(m.n >> (features.phys_bits - PAGE_SHIFT));

	return d->privileged && exists && m.n != LOCAL_APIC_MFN && !ioapic_owns(m);
}
