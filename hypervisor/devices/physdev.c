/* SPDX-License-Identifier: MIT */
/*
 * physdev_op: what dom0 needs to drive devices, and any guest's I/O privilege. Interrupts
 * themselves are in pirq.c.
 */
#include <devices/devices.h>
#include <devices/pirq.h>
#include <lib/fail.h>
#include <x86/cpu.h>

#define IOPORTS   65536
#define IOPL_MOST 3

long op_physdev_set_iopl(struct domain *d, struct physdev_set_iopl *s)
{
	if (s->iopl > IOPL_MOST)
		return fail(-EINVAL, "I/O privilege level %u", s->iopl);

	current()->io.iopl = s->iopl;
	return 0;
}

long op_physdev_set_iobitmap(struct domain *d, struct physdev_set_iobitmap *b)
{
	u64 at = (u64)b->bitmap.p;

	/* Two bytes more: a bit is read with the byte behind it. */
	if (b->nr_ports > IOPORTS || !guest_range_ok(at, b->nr_ports / 8 + 2))
		return fail(-EINVAL, "I/O bitmap of %u ports at %#lx", b->nr_ports, at);

	current()->io.bitmap = at;
	current()->io.bitmap_ports = b->nr_ports;
	return 0;
}

long op_physdev_apic_read(struct domain *d, struct physdev_apic *a)
{
	if (ioapic_read(a->apic_physbase, a->reg, &a->value))
		return fail(-EINVAL, "register %#x of an I/O APIC at %#lx", a->reg,
			    a->apic_physbase);

	return 0;
}

/* Vectors are the hypervisor's affair: the number given is only one not in use otherwise. */
long op_physdev_alloc_irq_vector(struct domain *d, struct physdev_irq *i)
{
	if (i->irq >= MAX(irq_gsi_count(), ISA_LINES))
		return fail(-EINVAL, "there is no gsi %u", i->irq);

	i->vector = VECTOR_DEVICE_FIRST + i->irq % (VECTOR_DEVICE_LAST - VECTOR_DEVICE_FIRST);
	return 0;
}

/* --- what dom0 tells of PCI: nothing here depends on it --------------------------------------- */

long op_physdev_pci_mmcfg_reserved(struct domain *d, struct physdev_pci_mmcfg_reserved *m)
{
	return 0;
}

long op_physdev_pci_device_add(struct domain *d, struct physdev_pci_device_add *p)
{
	return 0;
}

long op_physdev_pci_device_remove(struct domain *d, struct physdev_pci_device *p)
{
	return 0;
}

long op_physdev_dbgp_op(struct domain *d, struct physdev_dbgp_op *p)
{
	return 0;
}

long op_physdev_prepare_msix(struct domain *d, struct physdev_pci_device *p)
{
	return 0;
}

long op_physdev_release_msix(struct domain *d, struct physdev_pci_device *p)
{
	return 0;
}

/* --- dispatch --------------------------------------------------------------------------------- */

#define OP_physdev_op(nr, name, arg, who, how, ...) OP_ADAPTER(op_physdev_##name, arg, how)
#include <pvabi/hypercalls.def>

static const struct op ops[] = {
#define OP_physdev_op(nr, name, arg, who, how, ...) [nr] = OP_ROW(op_physdev_##name, arg, who, how),
#include <pvabi/hypercalls.def>
};

long hc_physdev_op(struct hypercall *hc)
{
	u32 cmd = (u32)hc->arg[0];

	return ops_run(OP_FIND(ops, cmd), cmd, "physical device", current(), HC_PTR(hc, 1, void),
		       hc);
}
