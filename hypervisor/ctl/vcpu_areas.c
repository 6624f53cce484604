/* SPDX-License-Identifier: MIT */
/*
 * The places in a guest's memory where it is told of each of its vcpus: vcpu_info, runstate, time.
 * What is written there later is dom/runstate.c's and event/'s.
 */
#include <event/event.h>
#include <guest/guest.h>
#include <lib/fail.h>
#include <life/life.h>
#include <x86/cpu.h>
#include <x86/paging.h>

long op_vcpu_get_runstate_info(struct vcpu *v, struct vcpu_runstate_info *info)
{
	runstate_now(v, info);
	return 0;
}

/* The area is written at once, also for a vcpu that does not run. */
long op_vcpu_register_runstate_memory_area(struct vcpu *v,
					   struct vcpu_register_runstate_memory_area *a)
{
	u64 where = a->addr.p;

	if (!guest_range_ok(where, sizeof(struct vcpu_runstate_info)))
		return fail(-EFAULT, "runstate area at %#lx", where);

	v->runstate_guest = where;
	if (!where)
		return 0;

	if (v == current()) {
		runstate_publish(v);
		return 0;
	}

	return guest_answer((void *)where, &v->runstate, sizeof(v->runstate));
}

long op_vcpu_register_vcpu_time_memory_area(struct vcpu *v,
					    struct vcpu_register_time_memory_area *a)
{
	u64 where = a->addr.p;

	if (!guest_range_ok(where, sizeof(struct vcpu_time_info)))
		return fail(-EFAULT, "time area at %#lx", where);

	v->time_guest = where;
	vcpu_time_update(v);
	return 0;
}

/* d->lock held: the frame is ours to write, so its contents may move. */
static void info_move(struct vcpu *v, struct frame *f, u32 offset)
{
	u8 *page = mfn_to_virt(frame_mfn(f));
	struct vcpu_info *to = (void *)(page + offset);

	assert(spin_held(&v->dom->lock) && !v->info_frame);

	/* One that never had any begins with upcalls masked. */
	if (v->info)
		*to = *v->info;
	else
		*to = (struct vcpu_info){ .evtchn_upcall_mask = 1 };

	v->info_frame = f;
	__atomic_store_n(&v->info, to, __ATOMIC_SEQ_CST);
}

/* Takes a reference on the frame, to write, and moves the info there. d->lock held. */
static int info_register(struct vcpu *v, struct frame *f, u32 offset)
{
	int rc;

	assert(spin_held(&v->dom->lock));
	if (v->dom->dying)
		return fail(-EINVAL, "d%u is dying", v->dom->id);

	if (v->info_frame)
		return fail(-EINVAL, "the info of d%uv%u was moved before", v->dom->id, v->id);

	rc = frame_get_mapping(f, v->dom, true);
	if (rc)
		return rc;

	info_move(v, f, offset);
	return 0;
}

/* Once and for good. Events that arrive while it moves are raised again after. */
long op_vcpu_register_vcpu_info(struct vcpu *v, struct vcpu_register_vcpu_info *r)
{
	struct domain *d = v->dom;
	struct frame *f = frame_of(MFN(r->mfn));
	int rc;

	if (r->offset > PAGE_SIZE - sizeof(struct vcpu_info) || r->offset % sizeof(u64))
		return fail(-EINVAL, "vcpu info at offset %u of a page", r->offset);

	if (v != current() && !READ_ONCE(v->down))
		return fail(-EINVAL, "d%uv%u is up: only it may move its info", d->id, v->id);

	if (!f)
		return fail(-EINVAL, "vcpu info in frame %#lx, which is no memory", r->mfn);

	spin_lock(&d->lock);
	rc = info_register(v, f, r->offset);
	spin_unlock(&d->lock);
	if (rc)
		return rc;

	event_vcpu_info_moved(v);
	vcpu_time_update(v);
	return 0;
}
