/* SPDX-License-Identifier: MIT */
/*
 * Operations of physdev_op on pirqs: mapped and unmapped, how a line triggers, the end of an
 * interrupt. Binding a pirq to a port is event_channel_op's, by the hooks in pirq.c.
 */
#include <devices/devices.h>
#include <devices/pirq.h>
#include <devices/pirq_table.h>
#include <lib/fail.h>

long op_physdev_irq_status_query(struct domain *d, struct physdev_irq_status_query *q)
{
	const struct pirq *p = pirq_of(d, q->irq);

	if (!p)
		return fail(-EINVAL, "there is no pirq %u", q->irq);

	q->flags = 0;
	if (!pirq_is_msi(p) && p->level)
		q->flags = XENIRQSTAT_needs_eoi;
	return 0;
}

long op_physdev_eoi(struct domain *d, struct physdev_eoi *e)
{
	struct pirq *p = pirq_of(d, e->irq);
	enum pirq_state was;

	/* Not an error by the ABI: nothing is to be ended. */
	if (!p)
		return 0;

	was = pirq_lock(p);
	if (was == PIRQ_BOUND)
		irq_eoi(p->irq);
	pirq_unlock(p, was);
	return 0;
}

static long map_gsi(struct domain *d, struct physdev_map_pirq *m)
{
	struct pirq *p = pirq_of_gsi(d, m->index);
	enum pirq_state was;

	if (!p)
		return fail(-EINVAL, "there is no gsi %u", m->index);

	if (m->pirq >= 0 && m->pirq != m->index)
		return fail(-EINVAL, "gsi %u as pirq %d: it keeps its number", m->index, m->pirq);

	/* Mapping it again changes nothing. */
	was = pirq_lock(p);
	if (was == PIRQ_FREE)
		was = PIRQ_MAPPED;
	pirq_unlock(p, was);

	m->pirq = m->index;
	return 0;
}

/* @p is locked and free. */
static int msi_open(struct pirq *p)
{
	int rc;

	if (!pirq_claim_irq(p, GSI_NONE))
		return fail(-ENOSPC, "no interrupt vector is left");

	rc = msi_write(&p->msi, p->irq);
	if (rc)
		pirq_free_irq(p);
	return rc;
}

static int pirq_free_number(void)
{
	for (u32 i = n_gsis; i < n_pirqs; i++) {
		if (READ_ONCE(pirqs[i].state) == PIRQ_FREE)
			return i;
	}

	return fail(-ENOSPC, "no pirq number is left");
}

/* Where the message of an MSI goes, as dom0 names the device. */
static struct msi_place place_of(const struct physdev_map_pirq *m)
{
	u16 segment = 0;

	if (m->type != MAP_PIRQ_TYPE_MSI)
		segment = (u32)m->bus >> 16;

	return (struct msi_place){
		.segment = segment,
		.bus = m->bus & 0xff,
		.devfn = m->devfn & 0xff,
		.entry = m->entry_nr,
		.is_msix = m->table_base != 0,
		.base = m->table_base,
	};
}

static long map_msi(struct domain *d, struct physdev_map_pirq *m)
{
	enum pirq_state was;
	struct pirq *p;
	int n = m->pirq;
	int rc;

	if (m->entry_nr < 0 || (m->type == MAP_PIRQ_TYPE_MULTI_MSI && m->entry_nr != 1))
		return fail(-EOPNOTSUPP, "%d messages at once: only one", m->entry_nr);

	if (n < 0)
		n = pirq_free_number();
	if (n < 0)
		return n;

	p = pirq_of(d, n);
	if (!p || !pirq_is_msi(p))
		return fail(-EEXIST, "pirq %d is none for an MSI", n);

	was = pirq_lock(p);
	if (was != PIRQ_FREE) {
		pirq_unlock(p, was);
		return fail(-EEXIST, "pirq %d is %s", n, pirq_state_name(was));
	}

	p->msi = place_of(m);
	rc = msi_open(p);
	if (rc) {
		pirq_unlock(p, PIRQ_FREE);
		return rc;
	}

	pirq_unlock(p, PIRQ_MAPPED);
	m->pirq = n;
	return 0;
}

long op_physdev_map_pirq(struct domain *d, struct physdev_map_pirq *m)
{
	if (m->domid != DOMID_SELF && m->domid != d->id)
		return fail(-EOPNOTSUPP, "a pirq for d%u: no device is lent", m->domid);

	switch (m->type) {
	case MAP_PIRQ_TYPE_GSI:
		return map_gsi(d, m);
	case MAP_PIRQ_TYPE_MSI:
	case MAP_PIRQ_TYPE_MSI_SEG:
	case MAP_PIRQ_TYPE_MULTI_MSI:
		return map_msi(d, m);
	default:
		return fail(-EINVAL, "pirq of type %d", m->type);
	}
}

long op_physdev_unmap_pirq(struct domain *d, struct physdev_unmap_pirq *u)
{
	struct pirq *p = pirq_of(d, u->pirq);
	enum pirq_state was;

	if (u->domid != DOMID_SELF && u->domid != d->id)
		return fail(-EOPNOTSUPP, "a pirq of d%u", u->domid);

	if (!p)
		return fail(-EINVAL, "there is no pirq %d", u->pirq);

	was = pirq_lock(p);
	if (was != PIRQ_MAPPED) {
		pirq_unlock(p, was);
		return fail(-EINVAL, "pirq %d is %s, not mapped", u->pirq, pirq_state_name(was));
	}

	if (pirq_is_msi(p)) {
		msi_mask(&p->msi);
		pirq_free_irq(p);
	}

	pirq_unlock(p, PIRQ_FREE);
	return 0;
}

long op_physdev_setup_gsi(struct domain *d, struct physdev_setup_gsi *s)
{
	struct pirq *p = pirq_of_gsi(d, s->gsi);
	bool level = s->triggering, low = s->polarity;
	enum pirq_state was;
	int rc = 0;

	if (!p)
		return fail(-EINVAL, "there is no gsi %u", s->gsi);

	was = pirq_lock(p);

	/* An open pin keeps its trigger. */
	if (was == PIRQ_BOUND && (p->level != level || p->low != low)) {
		rc = fail(-EBUSY, "gsi %u is bound", s->gsi);
	} else {
		p->level = level;
		p->low = low;
	}

	pirq_unlock(p, was);

	return rc;
}

static bool pirq_is_of(const struct pirq *p, const struct physdev_pci_device *dev)
{
	return p->msi.segment == dev->seg && p->msi.bus == dev->bus && p->msi.devfn == dev->devfn;
}

/* Writes all messages of the device anew; an error does not keep the others from it. */
long op_physdev_restore_msi_ext(struct domain *d, struct physdev_pci_device *dev)
{
	int rc = 0;

	for (struct pirq *p = pirqs + n_gsis; p < pirqs + n_pirqs; p++) {
		enum pirq_state was = pirq_lock(p);

		int failed = 0;

		if (was != PIRQ_FREE && pirq_is_of(p, dev))
			failed = msi_write(&p->msi, p->irq);
		pirq_unlock(p, was);

		if (failed)
			rc = failed;
	}

	return rc;
}
