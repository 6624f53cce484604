/* SPDX-License-Identifier: MIT */
/*
 * physdev_op: what dom0 needs to drive devices, and any guest's I/O privilege. Interrupts
 * themselves are in pirq.c.
 */
#include <devices/devices.h>
#include <devices/pirq.h>
#include <lib/fail.h>
#include <lib/hypercall.h>
#include <pvabi/physdev.h>
#include <x86/cpu.h>

#define IOPORTS 65536

static long op_set_iopl(struct domain *d, void *arg)
{
	u32 iopl = ((struct physdev_set_iopl *)arg)->iopl;

	if (iopl > 3)
		return fail(-EINVAL, "I/O privilege level %u", iopl);
	current()->io.iopl = iopl;
	return 0;
}

static long op_set_iobitmap(struct domain *d, void *arg)
{
	struct physdev_set_iobitmap *b = arg;
	u64 at = (u64)b->bitmap.p;

	if (b->nr_ports > IOPORTS || !guest_range_ok(at, b->nr_ports / 8 + 2))
		return fail(-EINVAL, "I/O bitmap of %u ports at %#lx", b->nr_ports, at);
	current()->io.bitmap = at;
	current()->io.bitmap_ports = b->nr_ports;
	return 0;
}

static long op_apic_read(struct domain *d, void *arg)
{
	struct physdev_apic *a = arg;

	if (ioapic_read(a->apic_physbase, a->reg, &a->value))
		return fail(-EINVAL, "register %#x of an I/O APIC at %#lx", a->reg,
			    a->apic_physbase);
	return 0;
}

/* Vectors are the hypervisor's affair: the number given is only one not in use otherwise. */
static long op_alloc_vector(struct domain *d, void *arg)
{
	struct physdev_irq *i = arg;

	if (i->irq >= MAX(irq_gsi_count(), 16u))
		return fail(-EINVAL, "there is no gsi %u", i->irq);
	i->vector = VECTOR_DEVICE_FIRST + i->irq % (VECTOR_DEVICE_LAST - VECTOR_DEVICE_FIRST);
	return 0;
}

/* What dom0 tells of PCI: nothing here depends on it. */
static long op_noted(struct domain *d, void *arg)
{
	return 0;
}

/* A page of bits saves nothing: only level-triggered lines want an eoi, and they say so. */
static long op_no_eoi_page(struct domain *d, void *arg)
{
	return -ENOSYS;
}

static const struct op ops[] = {
#define ROW(name, fn, type, flags) \
	[PHYSDEVOP_##name] = { { fn }, sizeof(struct physdev_##type), 0, flags }
	ROW(irq_status_query, pirq_op_status, irq_status_query, OP_OUT),
	ROW(set_iopl, op_set_iopl, set_iopl, 0),
	ROW(set_iobitmap, op_set_iobitmap, set_iobitmap, 0),
	ROW(apic_read, op_apic_read, apic, OP_PRIV | OP_OUT),
	ROW(alloc_irq_vector, op_alloc_vector, irq, OP_PRIV | OP_OUT),
	ROW(eoi, pirq_op_eoi, eoi, 0),
	ROW(map_pirq, pirq_op_map, map_pirq, OP_PRIV | OP_OUT),
	ROW(unmap_pirq, pirq_op_unmap, unmap_pirq, OP_PRIV),
	ROW(setup_gsi, pirq_op_setup_gsi, setup_gsi, OP_PRIV),
	ROW(restore_msi_ext, pirq_op_restore_msi, pci_device, OP_PRIV),
	ROW(pirq_eoi_gmfn_v2, op_no_eoi_page, pirq_eoi_gmfn, 0),
	ROW(pci_mmcfg_reserved, op_noted, pci_mmcfg_reserved, OP_PRIV),
	ROW(pci_device_add, op_noted, pci_device_add, OP_PRIV),
	ROW(pci_device_remove, op_noted, pci_device, OP_PRIV),
	ROW(dbgp_op, op_noted, dbgp_op, OP_PRIV),
	ROW(prepare_msix, op_noted, pci_device, OP_PRIV),
	ROW(release_msix, op_noted, pci_device, OP_PRIV),
#undef ROW
};

long hc_physdev_op(struct hypercall *hc)
{
	return ops_run(ops, ARRAY_SIZE(ops), hc->arg[0], "physical device", current(),
		       HC_PTR(hc, 1, void));
}
