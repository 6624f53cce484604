/* SPDX-License-Identifier: MIT */
/*
 * The end of a domain: step by step, so that it can be interrupted anywhere; where it is stands in
 * d->teardown.step. Frames that other domains still map stay, and hold the struct of the dead
 * domain, until they let go.
 */
#include <console/console.h>
#include <devices/pirq.h>
#include <event/event.h>
#include <frame/alloc.h>
#include <grant/grant.h>
#include <life/life.h>
#include <memory/claim.h>
#include <ptable/ptable.h>
#include <x86/hooks.h>

static int kill_begin(struct domain *d)
{
	spin_lock(&d->lock);
	spin_lock(&d->page_lock); /* no frame comes any more */
	d->dying = LIFE_DYING;
	spin_unlock(&d->page_lock);
	spin_unlock(&d->lock);
	domain_pause(d);
	return 0;
}

static int kill_vcpus(struct domain *d)
{
	for (u32 i = 0; i < d->max_vcpus; i++) {
		vcpu_timers_stop(d->vcpu[i]);
		ptable_put_roots(d->vcpu[i]);
		desc_put_tables(d->vcpu[i]);
	}
	watchdogs_stop(d);
	claim_set(d, 0);
	d->teardown.frames_left = d->frames.count;
	return 0;
}

/*
 * The first frame of the list, moved to its end and referenced; NULL if the list is empty. Those
 * not yet seen stay in front of those seen, so counting up to the first length of the list meets
 * every one.
 */
static struct frame *frame_next(struct domain *d)
{
	struct frame *f;
	bool got = false;

	do {
		spin_lock(&d->page_lock);
		f = frame_list_first(&d->frames);
		if (f) {
			got = frame_get(
				f, d); /* not if another CPU frees it now: it waits for page_lock */
			frame_list_del(&d->frames, f);
			frame_list_add_tail(&d->frames, f);
		}
		spin_unlock(&d->page_lock);
	} while (f && !got);
	return f;
}

static int kill_frames(struct domain *d)
{
	struct frame *f;
	int ret;

	while (d->teardown.frames_left && (f = frame_next(d))) {
		ret = table_teardown(d, f);
		while (ret == -ERESTART && !preempt_window())
			ret = table_teardown(d, f);
		if (!ret)
			frame_unallocate(f);
		frame_put(f);
		if (ret)
			return ret; /* it comes round again: others went behind it, none is missed */
		d->teardown.frames_left--;
		if (d->teardown.frames_left % 64 == 0 && preempt_window())
			return -ERESTART;
	}
	return 0;
}

/* What it shared with us. Nobody raises an event in it any more. */
static int kill_shared(struct domain *d)
{
	for (u32 i = 0; i < d->max_vcpus; i++) {
		struct vcpu *v = d->vcpu[i];

		v->info = NULL;
		if (v->info_frame)
			frame_put_mapping(v->info_frame, true);
		v->info_frame = NULL;
	}
	if (d->id == 0)
		pirqs_drop();
	spin_lock(&d->lock);
	d->dying = LIFE_DEAD;
	spin_unlock(&d->lock);
	domain_free_shared(d, d->shared);
	if (dom0) /* whoever still maps its frames may let go of them now */
		event_virq_global(dom0, VIRQ_DOM_EXC);
	domain_put(d); /* the list's reference: it goes when everybody let go */
	return 0;
}

static int (*const kill_steps[])(struct domain *d) = {
	kill_begin, kill_vcpus, kill_frames, grant_teardown, event_teardown, kill_shared,
};

static int kill_run(struct domain *d)
{
	int ret = 0;

	while (d->teardown.step < ARRAY_SIZE(kill_steps) && !ret) {
		ret = kill_steps[d->teardown.step](d);
		if (!ret)
			d->teardown.step++;
	}
	return ret;
}

/* Caller holds a reference. One CPU at a time works at it; another is told to come again. */
int domain_kill(struct domain *d)
{
	int ret;

	if (__atomic_exchange_n(&d->control.busy, 1, __ATOMIC_ACQUIRE))
		return -ERESTART;
	ret = kill_run(d);
	__atomic_store_n(&d->control.busy, 0, __ATOMIC_RELEASE);
	return ret;
}

void hook_domain_freed(struct domain *d)
{
	grant_free(d);
	event_free(d);
	heap_free(d->memory.map);
	if (dom0)
		event_virq_global(dom0, VIRQ_DOM_EXC);
}
