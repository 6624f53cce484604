/* SPDX-License-Identifier: MIT */
/*
 * Physical interrupts of dom0. Each pirq has a lock of its own, part of its state: the event room
 * calls in with its lock held, and what is behind a pirq takes the lock of the interrupt room.
 */
#include <ctl/pirq.h>
#include <ctl/state.h>
#include <event/event.h>
#include <frame/alloc.h>
#include <lib/fail.h>
#include <pvabi/physdev.h>
#include <x86/asm.h>

#define MSI_PIRQS 256 /* more than there are vectors */
#define ISA_LINES 16

enum pirq_state { PIRQ_FREE, PIRQ_MAPPED, PIRQ_BOUND, PIRQ_LOCKED };

struct pirq {
	u32 state; /* enum pirq_state, atomic; who made it LOCKED may change the rest */
	u32 port;  /* 0: nobody hears of it */
	struct domain *dom;
	struct irq *irq; /* gsi: while bound; MSI: while mapped */
	bool is_msi, level, low;
	u32 number;
	struct msi_place msi;
};

struct pirq_table {
	u32 gsis, count;
	struct pirq pirq[];
};

static void pirq_arrived(struct irq *irq, void *arg)
{
	struct pirq *p = arg;
	u32 port = READ_ONCE(p->port);

	if (port)
		event_set_pending(p->dom, port);
}

/* Answers the state that it was in. */
static enum pirq_state pirq_lock(struct pirq *p)
{
	for (;;) {
		u32 was = __atomic_exchange_n(&p->state, PIRQ_LOCKED, __ATOMIC_ACQUIRE);

		if (was != PIRQ_LOCKED)
			return was;
		cpu_pause();
		cpu_poll();
	}
}

static void pirq_unlock(struct pirq *p, enum pirq_state state)
{
	__atomic_store_n(&p->state, state, __ATOMIC_RELEASE);
}

static struct pirq *pirq_of(struct domain *d, u32 n)
{
	struct pirq_table *t = dom_control(d)->pirqs;

	return t && n < t->count ? &t->pirq[n] : NULL;
}

static struct pirq *gsi_of(struct domain *d, u32 gsi)
{
	struct pirq *p = pirq_of(d, gsi);

	return p && !p->is_msi ? p : NULL;
}

/* --- hooks of the event room ------------------------------------------------------------------ */

static int gsi_open(struct pirq *p)
{
	p->irq = irq_claim_gsi(p->number, p->level, p->low, pirq_arrived, p);
	return p->irq ? 0 :
	       fail(-EBUSY, "gsi %u is the hypervisor's, or no vector is left", p->number);
}

static int hook_bind(struct domain *d, u32 n, u32 port, bool share)
{
	struct pirq *p = pirq_of(d, n);
	enum pirq_state was = p ? pirq_lock(p) : PIRQ_FREE;
	int ret = 0;

	if (was != PIRQ_MAPPED) {
		ret = fail(-EINVAL, "pirq %u is not mapped, or bound already", n);
	} else {
		WRITE_ONCE(p->port, port);
		if (!p->is_msi)
			ret = gsi_open(p);
		if (ret)
			WRITE_ONCE(p->port, 0);
		else
			was = PIRQ_BOUND;
	}
	if (p)
		pirq_unlock(p, was);
	return ret;
}

static void hook_unbind(struct domain *d, u32 n)
{
	struct pirq *p = pirq_of(d, n);
	enum pirq_state was = pirq_lock(p);

	assert(was == PIRQ_BOUND);
	WRITE_ONCE(p->port, 0);
	if (!p->is_msi)
		irq_release(p->irq);
	pirq_unlock(p, PIRQ_MAPPED);
}

static const struct pirq_hooks hooks = { hook_bind, hook_unbind };

/* --- dom0's table ----------------------------------------------------------------------------- */

int pirqs_make(struct domain *d)
{
	u32 gsis = MAX(irq_gsi_count(), (u32)ISA_LINES), count = gsis + MSI_PIRQS;
	struct pirq_table *t = heap_alloc(sizeof(*t) + count * sizeof(t->pirq[0]));

	if (!t)
		return fail(-ENOMEM, "no memory for %u interrupts", count);
	t->gsis = gsis;
	t->count = count;
	/* PCI's lines are level and low; those of the old bus as the firmware says. */
	for (u32 i = 0; i < count; i++)
		t->pirq[i] = (struct pirq){ .dom = d, .number = i, .is_msi = i >= gsis,
					    .level = i >= ISA_LINES, .low = i >= ISA_LINES };
	for (u32 i = 0; i < ISA_LINES; i++) {
		bool level, low;
		u32 gsi = irq_isa_to_gsi(i, &level, &low);

		if (gsi < gsis) {
			t->pirq[gsi].level = level;
			t->pirq[gsi].low = low;
		}
	}
	dom_control(d)->pirqs = t;
	event_pirq_hooks = &hooks;
	return 0;
}

/* Only of a domain that could not be built: dom0 ends with the machine. */
void pirqs_drop(struct domain *d)
{
	heap_free(dom_control(d)->pirqs);
	dom_control(d)->pirqs = NULL;
}

/* --- operations ------------------------------------------------------------------------------- */

long pirq_op_status(struct domain *d, void *arg)
{
	struct physdev_irq_status_query *q = arg;
	const struct pirq *p = pirq_of(d, q->irq);

	if (!p)
		return fail(-EINVAL, "there is no pirq %u", q->irq);
	q->flags = !p->is_msi && p->level ? XENIRQSTAT_needs_eoi : 0;
	return 0;
}

long pirq_op_eoi(struct domain *d, void *arg)
{
	struct pirq *p = pirq_of(d, ((struct physdev_eoi *)arg)->irq);
	enum pirq_state was;

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
	struct pirq *p = gsi_of(d, m->index);
	enum pirq_state was;

	if (!p)
		return fail(-EINVAL, "there is no gsi %u", m->index);
	if (m->pirq >= 0 && m->pirq != m->index)
		return fail(-EINVAL, "gsi %u as pirq %d: it keeps its number", m->index, m->pirq);
	was = pirq_lock(p);
	pirq_unlock(p, was == PIRQ_FREE ? PIRQ_MAPPED : was);
	m->pirq = m->index;
	return 0;
}

static int msi_open(struct pirq *p)
{
	u64 addr;
	u32 data;
	int ret;

	p->irq = irq_claim_msi(pirq_arrived, p);
	if (!p->irq)
		return fail(-ENOSPC, "no interrupt vector is left");
	irq_msi_message(p->irq, &addr, &data);
	ret = msi_write(&p->msi, addr, data);
	if (ret)
		irq_release(p->irq);
	return ret;
}

static int pirq_free_number(const struct pirq_table *t)
{
	for (u32 i = t->gsis; i < t->count; i++)
		if (READ_ONCE(t->pirq[i].state) == PIRQ_FREE)
			return i;
	return fail(-ENOSPC, "no pirq number is left");
}

static long map_msi(struct domain *d, struct physdev_map_pirq *m)
{
	int n = m->pirq >= 0 ? m->pirq : pirq_free_number(dom_control(d)->pirqs), ret;
	struct pirq *p = pirq_of(d, n);
	enum pirq_state was;

	if (m->entry_nr < 0 || (m->type == MAP_PIRQ_TYPE_MULTI_MSI && m->entry_nr != 1))
		return fail(-EOPNOTSUPP, "%d messages at once: only one", m->entry_nr);
	if (n < 0 || !p || !p->is_msi)
		return n < 0 ? n : fail(-EEXIST, "pirq %d is none for an MSI", n);
	was = pirq_lock(p);
	if (was != PIRQ_FREE) {
		ret = fail(-EEXIST, "pirq %d is in use", n);
	} else {
		p->msi = (struct msi_place){
			.segment = m->type == MAP_PIRQ_TYPE_MSI ? 0 : (u32)m->bus >> 16,
			.bus = m->bus & 0xff,
			.devfn = m->devfn & 0xff,
			.entry = m->entry_nr,
			.is_msix = m->table_base != 0,
			.base = m->table_base,
		};
		ret = msi_open(p);
		was = ret ? PIRQ_FREE : PIRQ_MAPPED;
	}
	pirq_unlock(p, was);
	m->pirq = n;
	return ret;
}

long pirq_op_map(struct domain *d, void *arg)
{
	struct physdev_map_pirq *m = arg;

	if (m->domid != DOMID_SELF && m->domid != d->id)
		return fail(-EOPNOTSUPP, "a pirq for domain %u: no device is lent", m->domid);
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

long pirq_op_unmap(struct domain *d, void *arg)
{
	const struct physdev_unmap_pirq *u = arg;
	struct pirq *p = pirq_of(d, u->pirq);
	enum pirq_state was;

	if (u->domid != DOMID_SELF && u->domid != d->id)
		return fail(-EOPNOTSUPP, "a pirq of domain %u", u->domid);
	was = p ? pirq_lock(p) : PIRQ_FREE;
	if (was == PIRQ_MAPPED && p->is_msi) {
		msi_mask(&p->msi);
		irq_release(p->irq);
	}
	if (p)
		pirq_unlock(p, was == PIRQ_MAPPED ? PIRQ_FREE : was);
	return was == PIRQ_MAPPED ? 0 : fail(-EINVAL, "pirq %d is not mapped, or bound", u->pirq);
}

long pirq_op_setup_gsi(struct domain *d, void *arg)
{
	const struct physdev_setup_gsi *s = arg;
	struct pirq *p = gsi_of(d, s->gsi);
	bool level = s->triggering, low = s->polarity;
	enum pirq_state was;
	int ret = 0;

	if (!p)
		return fail(-EINVAL, "there is no gsi %u", s->gsi);
	was = pirq_lock(p);
	if (was == PIRQ_BOUND && (p->level != level || p->low != low))
		ret = fail(-EBUSY, "gsi %u is in use", s->gsi);
	if (!ret) {
		p->level = level;
		p->low = low;
	}
	pirq_unlock(p, was);
	return ret;
}

long pirq_op_restore_msi(struct domain *d, void *arg)
{
	const struct physdev_pci_device *dev = arg;
	struct pirq_table *t = dom_control(d)->pirqs;
	int ret = 0;

	for (u32 i = t->gsis; i < t->count; i++) {
		struct pirq *p = &t->pirq[i];
		enum pirq_state was = pirq_lock(p);
		u64 addr;
		u32 data;

		if (was != PIRQ_FREE && p->msi.segment == dev->seg && p->msi.bus == dev->bus &&
		    p->msi.devfn == dev->devfn) {
			irq_msi_message(p->irq, &addr, &data);
			ret = msi_write(&p->msi, addr, data) ?: ret;
		}
		pirq_unlock(p, was);
	}
	return ret;
}
