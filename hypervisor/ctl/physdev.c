/* SPDX-License-Identifier: MIT */
/* physdev_op: what dom0 needs to drive devices, and any guest's I/O privilege. Interrupts themselves are in pirq.c. */
#include <ctl/ctl.h>
#include <ctl/pirq.h>
#include <ctl/state.h>
#include <lib/fail.h>
#include <pvabi/physdev.h>
#include <x86/cpu.h>

#define IOPORTS 65536

static long op_irq_status(struct domain *d, void *arg)
{
	struct physdev_irq_status_query *q = arg;
	int needs = pirq_needs_eoi(d, q->irq);

	if (needs < 0)
		return needs;
	q->flags = needs ? XENIRQSTAT_needs_eoi : 0;
	return 0;
}

static long op_set_iopl(struct domain *d, void *arg)
{
	u32 iopl = ((struct physdev_set_iopl *)arg)->iopl;

	if (iopl > 3)
		return fail(-EINVAL, "I/O privilege level %u", iopl);
	current()->iopl = iopl;
	return 0;
}

static long op_set_iobitmap(struct domain *d, void *arg)
{
	struct physdev_set_iobitmap *b = arg;
	u64 at = (u64)b->bitmap.p;

	if (b->nr_ports > IOPORTS || !guest_range_ok(at, b->nr_ports / 8 + 2))
		return fail(-EINVAL, "I/O bitmap of %u ports at %#lx", b->nr_ports, at);
	current()->iobitmap = at;
	current()->iobitmap_bits = b->nr_ports;
	return 0;
}

static long op_apic_read(struct domain *d, void *arg)
{
	struct physdev_apic *a = arg;

	if (ioapic_read(a->apic_physbase, a->reg, &a->value))
		return fail(-EINVAL, "register %#x of an I/O APIC at %#lx", a->reg, a->apic_physbase);
	return 0;
}

static long op_apic_write(struct domain *d, void *arg)
{
	return fail(-EPERM, "the I/O APICs are programmed by setup_gsi only");
}

/* Vectors are the hypervisor's affair: the number given is only one that is not in use otherwise. */
static long op_alloc_vector(struct domain *d, void *arg)
{
	struct physdev_irq *i = arg;

	if (i->irq >= MAX(irq_gsi_count(), 16u))
		return fail(-EINVAL, "there is no gsi %u", i->irq);
	i->vector = VECTOR_DEVICE_FIRST + i->irq % (VECTOR_DEVICE_LAST - VECTOR_DEVICE_FIRST);
	return 0;
}

static long op_eoi(struct domain *d, void *arg)
{
	pirq_eoi(d, ((struct physdev_eoi *)arg)->irq);
	return 0;
}

static long map_msi(struct domain *d, struct physdev_map_pirq *m)
{
	struct msi_place place = {
		.segment = m->type == MAP_PIRQ_TYPE_MSI ? 0 : (u32)m->bus >> 16,
		.bus = m->bus & 0xff,
		.devfn = m->devfn & 0xff,
		.entry = m->entry_nr,
		.is_msix = m->table_base != 0,
		.base = m->table_base,
	};

	if (m->entry_nr < 0 || (m->type == MAP_PIRQ_TYPE_MULTI_MSI && m->entry_nr != 1))
		return fail(-EOPNOTSUPP, "%d messages at once: only one", m->entry_nr);
	return pirq_map_msi(d, &place, &m->pirq);
}

static long op_map_pirq(struct domain *d, void *arg)
{
	struct physdev_map_pirq *m = arg;

	if (m->domid != DOMID_SELF && m->domid != d->id)
		return fail(-EOPNOTSUPP, "a pirq for domain %u: devices are not lent to guests", m->domid);
	switch (m->type) {
	case MAP_PIRQ_TYPE_GSI:
		return pirq_map_gsi(d, m->index, &m->pirq);
	case MAP_PIRQ_TYPE_MSI:
	case MAP_PIRQ_TYPE_MSI_SEG:
	case MAP_PIRQ_TYPE_MULTI_MSI:
		return map_msi(d, m);
	default:
		return fail(-EINVAL, "pirq of type %d", m->type);
	}
}

static long op_unmap_pirq(struct domain *d, void *arg)
{
	struct physdev_unmap_pirq *u = arg;

	if (u->domid != DOMID_SELF && u->domid != d->id)
		return fail(-EOPNOTSUPP, "a pirq of domain %u", u->domid);
	return pirq_unmap(d, u->pirq);
}

static long op_setup_gsi(struct domain *d, void *arg)
{
	struct physdev_setup_gsi *s = arg;

	return pirq_setup_gsi(d, s->gsi, s->triggering, s->polarity);
}

static long op_get_free_pirq(struct domain *d, void *arg)
{
	struct physdev_get_free_pirq *f = arg;
	int n = pirq_free_number(d);

	if (n < 0)
		return n;
	f->pirq = n;
	return 0;
}

static long op_restore_msi(struct domain *d, void *arg)
{
	struct physdev_restore_msi *r = arg;

	return pirq_restore_msi(d, 0, r->bus, r->devfn);
}

static long op_restore_msi_ext(struct domain *d, void *arg)
{
	struct physdev_pci_device *r = arg;

	return pirq_restore_msi(d, r->seg, r->bus, r->devfn);
}

/* What dom0 tells of PCI: nothing here depends on it. */
static long op_noted(struct domain *d, void *arg)
{
	return 0;
}

/* A page of bits saves nothing here: only level-triggered lines want an eoi, and they say so. */
static long op_no_eoi_page(struct domain *d, void *arg)
{
	return -ENOSYS;
}

#define OUT 1  /* the argument is given back */
#define PRIV 2 /* for who drives the devices */

static const struct physdev_row {
	long (*fn)(struct domain *d, void *arg);
	u8 size, flags;
} ops[] = {
	[PHYSDEVOP_irq_status_query] = { op_irq_status, sizeof(struct physdev_irq_status_query), OUT },
	[PHYSDEVOP_set_iopl] = { op_set_iopl, sizeof(struct physdev_set_iopl) },
	[PHYSDEVOP_set_iobitmap] = { op_set_iobitmap, sizeof(struct physdev_set_iobitmap) },
	[PHYSDEVOP_apic_read] = { op_apic_read, sizeof(struct physdev_apic), PRIV | OUT },
	[PHYSDEVOP_apic_write] = { op_apic_write, sizeof(struct physdev_apic), PRIV },
	[PHYSDEVOP_alloc_irq_vector] = { op_alloc_vector, sizeof(struct physdev_irq), PRIV | OUT },
	[PHYSDEVOP_eoi] = { op_eoi, sizeof(struct physdev_eoi) },
	[PHYSDEVOP_map_pirq] = { op_map_pirq, sizeof(struct physdev_map_pirq), PRIV | OUT },
	[PHYSDEVOP_unmap_pirq] = { op_unmap_pirq, sizeof(struct physdev_unmap_pirq), PRIV },
	[PHYSDEVOP_manage_pci_add] = { op_noted, sizeof(struct physdev_manage_pci), PRIV },
	[PHYSDEVOP_manage_pci_remove] = { op_noted, sizeof(struct physdev_manage_pci), PRIV },
	[PHYSDEVOP_pirq_eoi_gmfn_v1] = { op_no_eoi_page },
	[PHYSDEVOP_restore_msi] = { op_restore_msi, sizeof(struct physdev_restore_msi), PRIV },
	[PHYSDEVOP_manage_pci_add_ext] = { op_noted, sizeof(struct physdev_manage_pci_ext), PRIV },
	[PHYSDEVOP_setup_gsi] = { op_setup_gsi, sizeof(struct physdev_setup_gsi), PRIV },
	[PHYSDEVOP_get_free_pirq] = { op_get_free_pirq, sizeof(struct physdev_get_free_pirq), OUT },
	[PHYSDEVOP_pci_mmcfg_reserved] = { op_noted, sizeof(struct physdev_pci_mmcfg_reserved), PRIV },
	[PHYSDEVOP_pci_device_add] = { op_noted, sizeof(struct physdev_pci_device_add), PRIV },
	[PHYSDEVOP_pci_device_remove] = { op_noted, sizeof(struct physdev_pci_device), PRIV },
	[PHYSDEVOP_restore_msi_ext] = { op_restore_msi_ext, sizeof(struct physdev_pci_device), PRIV },
	[PHYSDEVOP_pirq_eoi_gmfn_v2] = { op_no_eoi_page },
	[PHYSDEVOP_dbgp_op] = { op_noted, sizeof(struct physdev_dbgp_op), PRIV },
	[PHYSDEVOP_prepare_msix] = { op_noted, sizeof(struct physdev_pci_device), PRIV },
	[PHYSDEVOP_release_msix] = { op_noted, sizeof(struct physdev_pci_device), PRIV },
};

static long physdev_run(u32 cmd, void *guest)
{
	struct domain *d = current()->dom;
	u8 arg[sizeof(struct physdev_map_pirq)] __aligned(8);
	const struct physdev_row *op;
	long ret;

	if (cmd >= ARRAY_SIZE(ops) || !ops[cmd].fn)
		return fail(-ENOSYS, "physical device operation %u", cmd);
	op = &ops[cmd];
	if (op->flags & PRIV && !d->privileged)
		return fail(-EPERM, "physical device operation %u", cmd);
	if (guest_copy_in(arg, guest, op->size))
		return -EFAULT;
	ret = op->fn(d, arg);
	if (!ret && op->flags & OUT && guest_copy_out(guest, arg, op->size))
		return -EFAULT;
	return ret;
}

long hc_physdev_op(struct hypercall *hc)
{
	return physdev_run((u32)hc->arg[0], HC_PTR(hc, 1, void));
}

/* The old form: the command stands before the argument, in the guest's memory. */
long hc_physdev_op_compat(struct hypercall *hc)
{
	struct physdev_op *guest = HC_PTR(hc, 0, struct physdev_op);
	u32 cmd;

	if (guest_copy_in(&cmd, &guest->cmd, sizeof(cmd)))
		return -EFAULT;
	if (cmd == PHYSDEVOP_IRQ_UNMASK_NOTIFY)
		return 0;
	if (cmd < PHYSDEVOP_irq_status_query || cmd > PHYSDEVOP_alloc_irq_vector)
		return fail(-ENOSYS, "old physical device operation %u", cmd);
	return physdev_run(cmd, &guest->u);
}
