/* SPDX-License-Identifier: MIT */
/*
 * The end of a domain: step by step, so that it can be interrupted anywhere; the step it is at
 * stands in d->teardown.step. Frames that other domains still map stay, and hold the struct of the
 * dead domain, until they let go.
 */
#include <console/console.h>
#include <devices/pirq.h>
#include <event/event.h>
#include <frame/alloc.h>
#include <grant/grant.h>
#include <life/life.h>
#include <memory/claim.h>
#include <ptable/ptable.h>
#include <x86/budget.h>
#include <x86/hooks.h>

/* From here on no frame, port or grant is added, and no vcpu runs. */
static int teardown_begin(struct domain *d)
{
	assert(d->dying == LIFE_ALIVE);

	spin_lock(&d->lock);
	spin_lock(&d->page_lock);
	d->dying = LIFE_DYING;
	spin_unlock(&d->page_lock);
	spin_unlock(&d->lock);

	domain_pause(d);
	return 0;
}

/* 0 or -ERESTART: call again. */
static int teardown_vcpu(struct vcpu *v)
{
	int rc;

	assert(!READ_ONCE(v->run.running));

	rc = ptable_put_roots(v);
	if (rc)
		return rc;

	vcpu_timers_stop(v);
	desc_put_tables(v);
	budget_charge(BUDGET_CALL);
	return 0;
}

static int teardown_vcpus(struct domain *d)
{
	while (d->teardown.vcpus < d->max_vcpus) {
		int rc = teardown_vcpu(d->vcpu[d->teardown.vcpus]);

		if (!rc)
			d->teardown.vcpus++;
		if (budget_preempt())
			return -ERESTART;
	}

	watchdogs_stop(d);
	claim_drop(d);
	d->teardown.frames_left = d->frames.count;
	return 0;
}

/* The first frame of the list, referenced; NULL if the list is empty. */
static struct frame *frame_first(struct domain *d)
{
	for (;;) {
		struct frame *f;
		bool got = false;

		spin_lock(&d->page_lock);
		f = frame_list_first(&d->frames);
		if (f)
			got = frame_get(f, d);
		spin_unlock(&d->page_lock);

		/* No reference: another CPU frees it at this moment, and waits for page_lock. */
		if (!f || got)
			return f;
	}
}

/* Behind all others: it has been seen to. The caller's reference keeps it on the list. */
static void frame_to_end(struct domain *d, struct frame *f)
{
	spin_lock(&d->page_lock);
	frame_list_del(&d->frames, f);
	frame_list_add_tail(&d->frames, f);
	spin_unlock(&d->page_lock);
}

/*
 * Drops what keeps @f: a page table's entries, in pieces, then the allocation's reference. Only
 * when that is done does it go behind the others, so those not yet seen stay in front of those
 * seen, and counting up to the first length of the list meets every one.
 */
static int frame_end(struct domain *d, struct frame *f)
{
	int rc;

	do
		rc = table_teardown(d, f);
	while (rc == -ERESTART && !budget_preempt());

	if (!rc) {
		frame_unallocate(f);
		frame_to_end(d, f);
	}

	/* Our own reference: if it was the last one, @f is somebody else's from here on. */
	frame_put(f);
	return rc;
}

static int teardown_frames(struct domain *d)
{
	while (d->teardown.frames_left) {
		struct frame *f = frame_first(d);
		int rc;

		if (!f)
			break;

		/* If interrupted it is the first one again. */
		rc = frame_end(d, f);
		if (rc)
			return rc;

		d->teardown.frames_left--;
		budget_charge(BUDGET_FRAME);
		if (budget_preempt())
			return -ERESTART;
	}

	return 0;
}

static void vcpu_info_drop(struct vcpu *v)
{
	v->info = NULL;
	if (v->info_frame)
		frame_put_mapping(v->info_frame, true);
	v->info_frame = NULL;
}

/* What it shared with us goes. Nobody raises an event in it any more: its ports are closed. */
static int teardown_shared(struct domain *d)
{
	assert(d->dying == LIFE_DYING && !d->memory.claimed);

	for (u32 i = 0; i < d->max_vcpus; i++)
		vcpu_info_drop(d->vcpu[i]);

	if (d->id == 0)
		pirqs_destroy();

	spin_lock(&d->lock);
	d->dying = LIFE_DEAD;
	spin_unlock(&d->lock);

	domain_free_shared(d, d->shared);

	/* Who still maps its frames may let go of them now. */
	if (dom0)
		event_virq_global(dom0, VIRQ_DOM_EXC);

	/* The list's reference. The struct goes when everybody has let go. */
	domain_put(d);
	return 0;
}

static int (*const steps[])(struct domain *d) = {
	teardown_begin, teardown_vcpus, teardown_frames,
	grant_teardown, event_teardown, teardown_shared,
};

static int steps_run(struct domain *d)
{
	while (d->teardown.step < ARRAY_SIZE(steps)) {
		int rc = steps[d->teardown.step](d);

		if (rc)
			return rc;

		d->teardown.step++;
	}

	return 0;
}

/* One CPU at a time works at it; another is told to come again. */
int domain_destroy(struct domain *d)
{
	int rc;

	if (__atomic_exchange_n(&d->control.busy, 1, __ATOMIC_ACQUIRE))
		return -ERESTART;

	rc = steps_run(d);
	__atomic_store_n(&d->control.busy, 0, __ATOMIC_RELEASE);
	return rc;
}

void hook_domain_freed(struct domain *d)
{
	assert(d->dying == LIFE_DEAD);
	assert(!d->tot_pages && !d->shared_pages && !d->memory.claimed);

	grant_free(d);
	event_free(d);
	heap_free(d->memory.map);

	if (dom0)
		event_virq_global(dom0, VIRQ_DOM_EXC);
}
