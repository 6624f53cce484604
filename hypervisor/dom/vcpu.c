/* SPDX-License-Identifier: MIT */
/* A vcpu's making and end, and the one place that decides whether it wants to run. */
#include <dom/domain.h>
#include <dom/isolation.h>
#include <frame/alloc.h>
#include <lib/fail.h>
#include <x86/asm.h>
#include <x86/features.h>
#include <x86/fpu.h>

static void vcpu_init(struct vcpu *v, struct domain *d, u32 id)
{
	v->down = 1;
	v->kernel_mode = true;
	if (id < LEGACY_VCPUS)
		v->info = &d->shared->vcpu_info[id];

	v->roots.kernel = v->roots.user = MFN_NONE;
	for (u32 i = 0; i < ARRAY_SIZE(v->desc.gdt_frame); i++)
		v->desc.gdt_frame[i] = MFN_NONE;
	for (u32 i = 0; i < ARRAY_SIZE(v->desc.ldt_frame); i++)
		v->desc.ldt_frame[i] = MFN_NONE;

	v->control.xcr0 = XCR0_X87;
	v->debug.dr[6] = DR6_NOTHING;
	v->debug.dr[7] = DR7_QUIET;
	fpu_area_init(v->fpu);

	v->time_cpu = TIME_CPU_NONE;
	v->runstate.state = RUNSTATE_offline;
	v->runstate.state_entry_time = time_now();

	spin_init(&v->state_lock, LOCK_VCPU);
	runnable_init(&v->run, &d->sched, id % cpu_count);
}

void vcpu_free(struct vcpu *v)
{
	vcpu_entry_free(v);
	heap_free(v->fpu);
	heap_free(v);
}

/* What fails is freed by vcpu_free. */
static int vcpu_memory_make(struct vcpu *v)
{
	u64 window = guestmap_window(&v->dom->map, v->id);
	int rc = guestmap_window_make(&v->dom->map, v->id);

	if (rc)
		return rc;

	v->desc.gdt_window = window + WINDOW_GDT_PAGE * PAGE_SIZE;
	v->desc.ldt_window = window + WINDOW_LDT_PAGE * PAGE_SIZE;

	rc = vcpu_entry_make(v);
	if (rc)
		return rc;

	v->fpu = heap_alloc(features.fpu_size);
	return v->fpu ? 0 : fail(-ENOMEM, "no memory for the FPU state of a vcpu");
}

int vcpu_create(struct domain *d, u32 id)
{
	struct vcpu *v;
	int rc;

	if (id >= d->max_vcpus || d->vcpu[id])
		return fail(-EINVAL, "d%uv%u is there, or its number is not below %u", d->id, id,
			    d->max_vcpus);

	v = heap_alloc(sizeof(*v));
	if (!v)
		return fail(-ENOMEM, "no memory for a vcpu");

	v->dom = d;
	v->id = id;
	rc = vcpu_memory_make(v);
	if (rc) {
		vcpu_free(v);
		return rc;
	}

	vcpu_init(v, d, id);
	__atomic_store_n(&d->vcpu[id], v, __ATOMIC_RELEASE);
	return 0;
}

static bool wants_to_run(const struct vcpu *v)
{
	const struct domain *d = v->dom;

	if (!v->initialised || READ_ONCE(v->down) || READ_ONCE(v->blocked))
		return false;

	return !READ_ONCE(v->pauses) && !READ_ONCE(d->pauses) && !READ_ONCE(d->shutting_down);
}

/* What the guest is shown of itself while it does not run. */
static int idle_state(const struct vcpu *v)
{
	const struct domain *d = v->dom;

	if (!v->initialised || v->down || v->pauses || d->pauses || d->shutting_down)
		return RUNSTATE_offline;

	return v->blocked ? RUNSTATE_blocked : RUNSTATE_runnable;
}

static void update_ready(struct vcpu *v, bool patient)
{
	u64 now;

	spin_lock(&v->state_lock);
	now = time_now();
	if (!READ_ONCE(v->run.running))
		runstate_change(v, idle_state(v), now);

	if (wants_to_run(v))
		sched_wake(&v->run, now, patient);
	else
		sched_sleep(&v->run);
	spin_unlock(&v->state_lock);
}

void vcpu_update_ready(struct vcpu *v)
{
	update_ready(v, false);
}

static void runstate_tell(struct vcpu *v, int state, u64 now)
{
	spin_lock(&v->state_lock);
	runstate_change(v, state, now);
	spin_unlock(&v->state_lock);

	runstate_publish(v);
}

/* Other vcpus of the domain read there whether it was preempted. */
void vcpu_leaves_cpu(struct vcpu *v, u64 now)
{
	runstate_tell(v, idle_state(v), now);
}

/* Until now it counted as running, and its state changed no more. */
void vcpu_left_cpu(struct vcpu *v, u64 now)
{
	spin_lock(&v->state_lock);
	runstate_change(v, idle_state(v), now);
	sched_put(&v->run, now);
	spin_unlock(&v->state_lock);
}

void vcpu_came_to_cpu(struct vcpu *v, u64 now)
{
	runstate_tell(v, RUNSTATE_running, now);
	if (READ_ONCE(v->time_cpu) != cpu_id())
		vcpu_time_update(v);
}

void vcpu_wake(struct vcpu *v, bool patient)
{
	bool ends_patience = !patient && READ_ONCE(v->run.patient);

	if (!READ_ONCE(v->blocked) && !ends_patience)
		return;

	WRITE_ONCE(v->events.polling, false);
	WRITE_ONCE(v->blocked, false);
	update_ready(v, patient);
}

/*
 * Waits until @v's state is saved; its CPU was told by sched_sleep. Two that waited for each other
 * here would do so for ever: so a domain pauses others, and of its own vcpus only the caller.
 */
static void wait_until_off(struct vcpu *v)
{
	const struct vcpu *self = current();

	assert(!self || v == self || v->dom != self->dom);

	while (READ_ONCE(v->run.running) && v != self) {
		cpu_pause();
		cpu_poll();
	}
}

void vcpu_pause(struct vcpu *v)
{
	__atomic_fetch_add(&v->pauses, 1, __ATOMIC_SEQ_CST);
	vcpu_update_ready(v);
	wait_until_off(v);
}

void vcpu_unpause(struct vcpu *v)
{
	u32 before = __atomic_fetch_sub(&v->pauses, 1, __ATOMIC_SEQ_CST);

	assert(before);
	vcpu_update_ready(v);
}

static void update_all(struct domain *d)
{
	for (u32 i = 0; i < d->max_vcpus; i++)
		if (d->vcpu[i])
			vcpu_update_ready(d->vcpu[i]);
}

void domain_pause(struct domain *d)
{
	__atomic_fetch_add(&d->pauses, 1, __ATOMIC_SEQ_CST);
	update_all(d);

	for (u32 i = 0; i < d->max_vcpus; i++)
		if (d->vcpu[i])
			wait_until_off(d->vcpu[i]);
}

void domain_unpause(struct domain *d)
{
	u32 before = __atomic_fetch_sub(&d->pauses, 1, __ATOMIC_SEQ_CST);

	assert(before);
	update_all(d);
}
