/* SPDX-License-Identifier: MIT */
/*
 * Physical interrupts of dom0. Each pirq has a lock of its own, part of its state: the event room
 * calls in with its lock held, and what is behind a pirq takes the lock of the interrupt room.
 * A bound pirq is sent to the CPU of the vcpu that hears of it: as the port is bound to that, and
 * when it arrives elsewhere because the vcpu has moved.
 */
#include <console/console.h>
#include <devices/pirq.h>
#include <event/event.h>
#include <frame/alloc.h>
#include <lib/fail.h>
#include <x86/asm.h>
#include <x86/hooks.h>

#define MSI_PIRQS 256               /* more than there are vectors */
#define FOLLOW_NS (100 * NS_PER_MS) /* vcpus may move often; a move costs many slow accesses */

enum pirq_state { PIRQ_FREE, PIRQ_MAPPED, PIRQ_BOUND, PIRQ_LOCKED };

static struct pirq {
	u32 state;       /* enum pirq_state, atomic; who made it LOCKED may change the rest */
	u32 port;        /* while bound: what it raises; else 0 */
	struct irq *irq; /* gsi: while bound; MSI: while mapped or bound; else NULL */
	bool level, low;
	u32 vcpu;  /* who hears of it; changes under the port's lock */
	u64 aimed; /* when it was last compared with where its vcpu is; system time */
	struct msi_place msi;
} * pirqs; /* dom0's, as many as n_pirqs, those of the gsis first */
static u32 n_gsis, n_pirqs;

static bool is_msi(const struct pirq *p)
{
	return p >= pirqs + n_gsis;
}

static const char *state_name(enum pirq_state state)
{
	static const char *const name[] = {
		[PIRQ_FREE] = "free",
		[PIRQ_MAPPED] = "mapped",
		[PIRQ_BOUND] = "bound",
		[PIRQ_LOCKED] = "locked",
	};

	return name[state];
}

static const char *kind_name(const struct pirq *p)
{
	if (is_msi(p))
		return "MSI";

	if (p->level)
		return "level";

	return "edge";
}

/* Returns the state that it was in. */
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

/* Has @p what belongs to @state, and nothing else? */
static bool is_whole(const struct pirq *p, enum pirq_state state)
{
	bool port = state == PIRQ_BOUND;
	bool irq = state == PIRQ_BOUND || (state == PIRQ_MAPPED && is_msi(p));

	return !!p->port == port && !!p->irq == irq;
}

static void pirq_unlock(struct pirq *p, enum pirq_state state)
{
	assert(state != PIRQ_LOCKED && is_whole(p, state));
	__atomic_store_n(&p->state, state, __ATOMIC_RELEASE);
}

static u32 cpu_wanted(const struct pirq *p)
{
	const struct vcpu *v = dom0->vcpu[READ_ONCE(p->vcpu)];

	return READ_ONCE(v->run.cpu);
}

/* Sends it to the CPU of the vcpu that hears of it. */
static void pirq_aim(struct pirq *p)
{
	enum pirq_state was = pirq_lock(p);
	bool moved = false;

	WRITE_ONCE(p->aimed, time_now());
	if (was == PIRQ_BOUND)
		moved = irq_move(p->irq, cpu_wanted(p));

	/* A device that does not take the message keeps the old one, whose vector is still ours. */
	if (moved && is_msi(p))
		ignore(msi_write(&p->msi, p->irq));

	pirq_unlock(p, was);
}

static void pirq_arrived(struct irq *irq, void *arg)
{
	struct pirq *p = arg;
	u32 port = READ_ONCE(p->port);

	if (!port)
		return;

	event_set_pending(dom0, port);

	/* Its vcpu has moved. */
	if (cpu_wanted(p) != cpu_id() && time_now() - READ_ONCE(p->aimed) >= FOLLOW_NS)
		pirq_aim(p);
}

static struct pirq *pirq_of(struct domain *d, u32 n)
{
	if (!d->privileged || n >= n_pirqs)
		return NULL;

	return &pirqs[n];
}

static struct pirq *gsi_of(struct domain *d, u32 gsi)
{
	if (gsi >= n_gsis)
		return NULL;

	return pirq_of(d, gsi);
}

/* --- for the event room, which holds the port's lock ------------------------------------------ */

/* A pin is opened while it is bound. An MSI has its vector since it was mapped. */
static int gsi_open(struct pirq *p)
{
	u32 gsi = p - pirqs;

	p->irq = irq_claim(gsi, p->level, p->low, pirq_arrived, p);
	if (!p->irq)
		return fail(-EBUSY, "gsi %u is the hypervisor's, or no vector is left", gsi);

	return 0;
}

static void irq_drop(struct pirq *p)
{
	irq_free(p->irq);
	WRITE_ONCE(p->irq, NULL);
}

/* @p is locked and mapped. The port is there before the first interrupt may come. */
static int bind_locked(struct pirq *p, u32 port)
{
	int rc;

	WRITE_ONCE(p->port, port);
	if (is_msi(p))
		return 0;

	rc = gsi_open(p);
	if (rc)
		WRITE_ONCE(p->port, 0);
	return rc;
}

int hook_pirq_bind(struct domain *d, u32 n, u32 port)
{
	struct pirq *p = pirq_of(d, n);
	enum pirq_state was;
	int rc;

	assert(event_locked(d));
	if (!p)
		return fail(-EINVAL, "there is no pirq %u", n);

	was = pirq_lock(p);
	if (was != PIRQ_MAPPED) {
		pirq_unlock(p, was);
		return fail(-EINVAL, "pirq %u is %s, not mapped", n, state_name(was));
	}

	rc = bind_locked(p, port);
	if (rc) {
		pirq_unlock(p, PIRQ_MAPPED);
		return rc;
	}

	pirq_unlock(p, PIRQ_BOUND);
	hook_pirq_move(d, n, 0);
	return 0;
}

void hook_pirq_move(struct domain *d, u32 n, u32 vcpu)
{
	struct pirq *p = pirq_of(d, n);

	assert(event_locked(d));
	WRITE_ONCE(p->vcpu, vcpu);
	pirq_aim(p);
}

void hook_pirq_unbind(struct domain *d, u32 n)
{
	struct pirq *p = pirq_of(d, n);
	enum pirq_state was;

	assert(event_locked(d));
	was = pirq_lock(p);
	assert(was == PIRQ_BOUND);
	WRITE_ONCE(p->port, 0);
	if (!is_msi(p))
		irq_drop(p);

	pirq_unlock(p, PIRQ_MAPPED);
}

/* --- dom0's table ----------------------------------------------------------------------------- */

/* PCI's lines are level and low; those of the old bus as the firmware says. */
static void triggers_init(void)
{
	for (u32 i = ISA_LINES; i < n_gsis; i++) {
		pirqs[i].level = true;
		pirqs[i].low = true;
	}

	for (u32 i = 0; i < ISA_LINES; i++) {
		bool level, low;
		u32 gsi = irq_isa_to_gsi(i, &level, &low);

		if (gsi >= n_gsis)
			continue;

		pirqs[gsi].level = level;
		pirqs[gsi].low = low;
	}
}

int pirqs_create(void)
{
	n_gsis = MAX(irq_gsi_count(), ISA_LINES);
	n_pirqs = n_gsis + MSI_PIRQS;
	pirqs = heap_alloc(n_pirqs * sizeof(*pirqs));
	if (!pirqs)
		return fail(-ENOMEM, "no memory for %u pirqs", n_pirqs);

	triggers_init();
	return 0;
}

void pirqs_destroy(void)
{
	heap_free(pirqs);
	pirqs = NULL;
	n_gsis = 0;
	n_pirqs = 0;
}

/* No lock: what is printed are hints. */
static void pirq_dump(u32 n)
{
	const struct pirq *p = &pirqs[n];
	const struct irq *irq = READ_ONCE(p->irq);
	u32 port = READ_ONCE(p->port);

	if (!irq || !port)
		return;

	log_info("pirq %u: %s, port %u of d0v%u; vector %#x to CPU %u; %lu arrived, last on CPU %u",
		 n, kind_name(p), port, p->vcpu, irq->vector, irq->cpu, irq->arrived,
		 irq->last_cpu);
}

void pirqs_dump(void)
{
	for (u32 i = 0; i < n_pirqs; i++)
		pirq_dump(i);
}

/* --- operations ------------------------------------------------------------------------------- */

long op_physdev_irq_status_query(struct domain *d, struct physdev_irq_status_query *q)
{
	const struct pirq *p = pirq_of(d, q->irq);

	if (!p)
		return fail(-EINVAL, "there is no pirq %u", q->irq);

	q->flags = 0;
	if (!is_msi(p) && p->level)
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
	struct pirq *p = gsi_of(d, m->index);
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

	p->irq = irq_claim(GSI_NONE, false, false, pirq_arrived, p);
	if (!p->irq)
		return fail(-ENOSPC, "no interrupt vector is left");

	rc = msi_write(&p->msi, p->irq);
	if (rc)
		irq_drop(p);
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
	if (!p || !is_msi(p))
		return fail(-EEXIST, "pirq %d is none for an MSI", n);

	was = pirq_lock(p);
	if (was != PIRQ_FREE) {
		pirq_unlock(p, was);
		return fail(-EEXIST, "pirq %d is %s", n, state_name(was));
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
		return fail(-EINVAL, "pirq %d is %s, not mapped", u->pirq, state_name(was));
	}

	if (is_msi(p)) {
		msi_mask(&p->msi);
		irq_drop(p);
	}

	pirq_unlock(p, PIRQ_FREE);
	return 0;
}

long op_physdev_setup_gsi(struct domain *d, struct physdev_setup_gsi *s)
{
	struct pirq *p = gsi_of(d, s->gsi);
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
