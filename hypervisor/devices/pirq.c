/* SPDX-License-Identifier: MIT */
/*
 * Physical interrupts of dom0. Each pirq has a lock of its own, part of its state: the event room
 * calls in with its lock held, and what is behind a pirq takes the lock of the interrupt room.
 * A bound pirq is sent to the CPU of the vcpu that hears of it: as the port is bound to that, and
 * when it arrives elsewhere because the vcpu has moved. What dom0 asks for is in pirq_ops.c.
 */
#include <console/console.h>
#include <devices/pirq.h>
#include <devices/pirq_table.h>
#include <event/event.h>
#include <frame/alloc.h>
#include <lib/fail.h>
#include <lib/index.h>
#include <x86/asm.h>
#include <x86/hooks.h>

#define MSI_PIRQS 256               /* more than there are vectors */
#define FOLLOW_NS (100 * NS_PER_MS) /* vcpus may move often; a move costs many slow accesses */

struct pirq *pirqs;
u32 n_gsis, n_pirqs;

const char *pirq_state_name(enum pirq_state state)
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
	if (pirq_is_msi(p))
		return "MSI";

	if (p->level)
		return "level";

	return "edge";
}

enum pirq_state pirq_lock(struct pirq *p)
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
	bool irq = state == PIRQ_BOUND || (state == PIRQ_MAPPED && pirq_is_msi(p));

	return !!p->port == port && !!p->irq == irq;
}

void pirq_unlock(struct pirq *p, enum pirq_state state)
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
	if (moved && pirq_is_msi(p))
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

struct pirq *pirq_of(struct domain *d, u32 n)
{
	if (!d->privileged || n >= n_pirqs)
		return NULL;

	return &pirqs[index_nospec(n, n_pirqs)];
}

struct pirq *pirq_of_gsi(struct domain *d, u32 gsi)
{
	if (gsi >= n_gsis)
		return NULL;

	return pirq_of(d, gsi);
}

bool pirq_claim_irq(struct pirq *p, u32 gsi)
{
	p->irq = irq_claim(gsi, p->level, p->low, pirq_arrived, p);
	return p->irq;
}

void pirq_free_irq(struct pirq *p)
{
	irq_free(p->irq);
	WRITE_ONCE(p->irq, NULL);
}

/* --- for the event room, which holds the port's lock ------------------------------------------ */

/* A pin is opened while it is bound. An MSI has its vector since it was mapped. */
static int gsi_open(struct pirq *p)
{
	u32 gsi = p - pirqs;

	if (!pirq_claim_irq(p, gsi))
		return fail(-EBUSY, "gsi %u is the hypervisor's, or no vector is left", gsi);

	return 0;
}

/* @p is locked and mapped. The port is there before the first interrupt may come. */
static int bind_locked(struct pirq *p, u32 port)
{
	int rc;

	WRITE_ONCE(p->port, port);
	if (pirq_is_msi(p))
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
		return fail(-EINVAL, "pirq %u is %s, not mapped", n, pirq_state_name(was));
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
	if (!pirq_is_msi(p))
		pirq_free_irq(p);

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
