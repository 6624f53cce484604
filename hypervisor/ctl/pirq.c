/* SPDX-License-Identifier: MIT */
/*
 * Physical interrupts of dom0. A pirq changes by compare-and-swap of its state, so that the event room may
 * call in with its lock held; what is behind it belongs to who made it CHANGING.
 */
#include <ctl/pirq.h>
#include <ctl/state.h>
#include <event/event.h>
#include <frame/alloc.h>
#include <lib/fail.h>

#define MSI_PIRQS 256 /* more than there are vectors */
#define ISA_LINES 16

enum pirq_state { PIRQ_FREE, PIRQ_CHANGING, PIRQ_MAPPED, PIRQ_BOUND };

struct pirq {
	u32 state; /* enum pirq_state, atomic */
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

static bool pirq_take(struct pirq *p, u32 from)
{
	return __atomic_compare_exchange_n(&p->state, &from, PIRQ_CHANGING, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

static void pirq_give(struct pirq *p, u32 state)
{
	__atomic_store_n(&p->state, state, __ATOMIC_RELEASE);
}

static struct pirq *pirq_of(struct domain *d, u32 n)
{
	struct pirq_table *t = dom_control(d)->pirqs;

	return t && n < t->count ? &t->pirq[n] : NULL;
}

/* --- hooks of the event room ----------------------------------------------------------------------- */

static int gsi_open(struct pirq *p)
{
	p->irq = irq_claim_gsi(p->number, p->level, p->low, pirq_arrived, p);
	if (!p->irq)
		return fail(-EBUSY, "gsi %u is in use by the hypervisor, or there is no vector left", p->number);
	irq_unmask(p->irq);
	return 0;
}

static int hook_bind(struct domain *d, u32 n, u32 port, bool share)
{
	struct pirq *p = pirq_of(d, n);
	int ret = 0;

	if (!p || !pirq_take(p, PIRQ_MAPPED))
		return fail(-EINVAL, "pirq %u is not mapped, or bound already", n);
	WRITE_ONCE(p->port, port);
	if (!p->is_msi)
		ret = gsi_open(p);
	if (ret)
		WRITE_ONCE(p->port, 0);
	pirq_give(p, ret ? PIRQ_MAPPED : PIRQ_BOUND);
	return ret;
}

static void gsi_close(struct pirq *p)
{
	if (p->irq && !p->is_msi) {
		irq_release(p->irq);
		p->irq = NULL;
	}
}

static void hook_unbind(struct domain *d, u32 n)
{
	struct pirq *p = pirq_of(d, n);

	if (!p || !pirq_take(p, PIRQ_BOUND))
		return;
	WRITE_ONCE(p->port, 0);
	gsi_close(p);
	pirq_give(p, PIRQ_MAPPED);
}

static const struct pirq_hooks hooks = { hook_bind, hook_unbind };

/* --- dom0's table ---------------------------------------------------------------------------------- */

/* Lines of the old bus are as the firmware says, edge and high by default; others are PCI's: level and low. */
static void pirq_init(struct pirq *p, struct domain *d, u32 n, u32 gsis)
{
	p->dom = d;
	p->number = n;
	p->is_msi = n >= gsis;
	p->level = p->low = n >= ISA_LINES;
}

int pirqs_make(struct domain *d)
{
	u32 gsis = MAX(irq_gsi_count(), (u32)ISA_LINES), count = gsis + MSI_PIRQS;
	struct pirq_table *t = heap_alloc(sizeof(*t) + count * sizeof(t->pirq[0]));

	if (!t)
		return fail(-ENOMEM, "no memory for %u interrupts", count);
	t->gsis = gsis;
	t->count = count;
	for (u32 i = 0; i < count; i++)
		pirq_init(&t->pirq[i], d, i, gsis);
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

int pirq_map_gsi(struct domain *d, u32 gsi, int *pirq)
{
	struct pirq_table *t = dom_control(d)->pirqs;

	if (!t || gsi >= t->gsis)
		return fail(-EINVAL, "there is no gsi %u", gsi);
	if (*pirq >= 0 && (u32)*pirq != gsi)
		return fail(-EINVAL, "gsi %u as pirq %d: a gsi keeps its number", gsi, *pirq);
	if (pirq_take(&t->pirq[gsi], PIRQ_FREE))
		pirq_give(&t->pirq[gsi], PIRQ_MAPPED);
	*pirq = gsi;
	return 0;
}

int pirq_setup_gsi(struct domain *d, u32 gsi, bool level, bool low)
{
	struct pirq_table *t = dom_control(d)->pirqs;
	struct pirq *p;
	u32 was;

	if (!t || gsi >= t->gsis)
		return fail(-EINVAL, "there is no gsi %u", gsi);
	p = &t->pirq[gsi];
	was = pirq_take(p, PIRQ_FREE) ? PIRQ_FREE : PIRQ_MAPPED;
	if (was == PIRQ_MAPPED && !pirq_take(p, PIRQ_MAPPED))
		return p->level == level && p->low == low ? 0 : fail(-EBUSY, "gsi %u is in use", gsi);
	p->level = level;
	p->low = low;
	pirq_give(p, was);
	return 0;
}

static int msi_open(struct pirq *p, const struct msi_place *place)
{
	u64 addr;
	u32 data;
	int ret;

	p->msi = *place;
	p->irq = irq_claim_msi(pirq_arrived, p);
	if (!p->irq)
		return fail(-ENOSPC, "no interrupt vector is left");
	irq_msi_message(p->irq, &addr, &data);
	ret = msi_write(&p->msi, addr, data);
	if (ret) {
		irq_release(p->irq);
		p->irq = NULL;
	}
	return ret;
}

int pirq_map_msi(struct domain *d, const struct msi_place *place, int *pirq)
{
	int n = *pirq >= 0 ? *pirq : pirq_free_number(d), ret;
	struct pirq *p = pirq_of(d, n);

	if (n < 0)
		return n;
	if (!p || !p->is_msi || !pirq_take(p, PIRQ_FREE))
		return fail(-EEXIST, "pirq %d is in use, or none for an MSI", n);
	ret = msi_open(p, place);
	pirq_give(p, ret ? PIRQ_FREE : PIRQ_MAPPED);
	if (!ret)
		*pirq = n;
	return ret;
}

int pirq_unmap(struct domain *d, int n)
{
	struct pirq *p = pirq_of(d, n);

	if (!p || !pirq_take(p, PIRQ_MAPPED))
		return fail(-EINVAL, "pirq %d is not mapped, or an event port hears of it", n);
	if (p->is_msi) {
		msi_mask(&p->msi);
		irq_release(p->irq);
		p->irq = NULL;
	}
	pirq_give(p, PIRQ_FREE);
	return 0;
}

void pirq_eoi(struct domain *d, u32 n)
{
	struct pirq *p = pirq_of(d, n);

	if (p && pirq_take(p, PIRQ_BOUND)) {
		irq_eoi(p->irq);
		pirq_give(p, PIRQ_BOUND);
	}
}

int pirq_needs_eoi(struct domain *d, u32 n)
{
	struct pirq *p = pirq_of(d, n);

	if (!p)
		return fail(-EINVAL, "there is no pirq %u", n);
	return !p->is_msi && p->level;
}

int pirq_free_number(struct domain *d)
{
	struct pirq_table *t = dom_control(d)->pirqs;

	for (u32 i = t ? t->gsis : 0; t && i < t->count; i++)
		if (READ_ONCE(t->pirq[i].state) == PIRQ_FREE)
			return i;
	return fail(-ENOSPC, "no pirq number is left");
}

int pirq_restore_msi(struct domain *d, u16 segment, u8 bus, u8 devfn)
{
	struct pirq_table *t = dom_control(d)->pirqs;
	int ret = 0;

	for (u32 i = t ? t->gsis : 0; t && i < t->count; i++) {
		struct pirq *p = &t->pirq[i];
		u32 state = READ_ONCE(p->state);
		u64 addr;
		u32 data;

		if (state < PIRQ_MAPPED || p->msi.segment != segment || p->msi.bus != bus ||
		    p->msi.devfn != devfn || !pirq_take(p, state))
			continue;
		irq_msi_message(p->irq, &addr, &data);
		ret = msi_write(&p->msi, addr, data) ?: ret;
		pirq_give(p, state);
	}
	return ret;
}
