/* SPDX-License-Identifier: MIT */
/*
 * What a guest is told of time: how long each vcpu ran and waited (runstate), the scale from its
 * TSC to system time (pvclock), and the wall clock. All are written under a version that is odd
 * meanwhile, so a reader on another vcpu sees all or nothing.
 */
#include <dom/domain.h>
#include <lib/string.h>
#include <x86/asm.h>
#include <x86/features.h>

/* A time taken before another CPU's last change counts as that: so they add up to what passed. */
void runstate_change(struct vcpu *v, int new_state, u64 now)
{
	struct vcpu_runstate_info *r = &v->runstate;

	if ((int)r->state == new_state)
		return;
	now = MAX(now, r->state_entry_time);
	r->time[r->state] += now - r->state_entry_time;
	r->state_entry_time = now;
	r->state = new_state;
}

void runstate_now(struct vcpu *v, struct vcpu_runstate_info *out)
{
	u64 now;

	spin_lock(&v->state_lock);
	now = time_now();
	*out = v->runstate;
	spin_unlock(&v->state_lock);
	if (now > out->state_entry_time)
		out->time[out->state] += now - out->state_entry_time;
}

u64 vcpu_cpu_time(struct vcpu *v)
{
	struct vcpu_runstate_info r;

	runstate_now(v, &r);
	return r.time[RUNSTATE_running];
}

/* Registered areas are addresses of the guest's kernel: its user part's tables may not map them. */
static void tables_use(const struct vcpu *v, u64 cr3)
{
	if (!v->kernel_mode)
		write_cr3(cr3);
}

#define VMASST_RUNSTATE_FLAG (1ul << VMASST_TYPE_runstate_update_flag)

void runstate_publish(struct vcpu *v)
{
	struct vcpu_runstate_info r, *area = (void *)v->runstate_guest;
	u64 entry = v->runstate.state_entry_time, mark = entry | XEN_RUNSTATE_UPDATE;
	bool flag = v->dom->vm_assist & VMASST_RUNSTATE_FLAG;

	if (!area)
		return;
	r = v->runstate;
	tables_use(v, v->roots.kernel_cr3);
	if (flag) {
		guest_copy_out(&area->state_entry_time, &mark, sizeof(mark));
		r.state_entry_time = mark;
	}
	if (guest_copy_out(area, &r, sizeof(r)))
		domain_log(v->dom, "v%u: the registered runstate area is not writable", v->id);
	if (flag)
		guest_copy_out(&area->state_entry_time, &entry, sizeof(entry));
	tables_use(v, v->roots.cr3);
}

void vcpu_time_update(struct vcpu *v)
{
	const struct time_scale *scale = time_tsc_scale();
	struct vcpu_time_info t = {
		.tsc_timestamp = rdtsc(),
		.tsc_to_system_mul = scale->mul,
		.tsc_shift = scale->shift,
		.flags = time_tsc_stable() ? XEN_PVCLOCK_TSC_STABLE_BIT : 0,
	};

	__atomic_store_n(&v->time_cpu, v == current() ? cpu_id() : ~0u, __ATOMIC_SEQ_CST);
	if (v != current())
		return;
	t.system_time = time_from_tsc(t.tsc_timestamp);
	t.version = v->time_version += 2; /* even: complete */
	if (v->info) {
		struct vcpu_time_info *u = &v->info->time;

		WRITE_ONCE(u->version, t.version - 1);
		barrier();
		memcpy(&u->tsc_timestamp, &t.tsc_timestamp,
		       sizeof(t) - offsetof(struct vcpu_time_info, tsc_timestamp));
		barrier();
		WRITE_ONCE(u->version, t.version);
	}
	if (!v->time_guest)
		return;
	tables_use(v, v->roots.kernel_cr3);
	if (guest_copy_out((void *)v->time_guest, &t, sizeof(t)))
		v->time_cpu = ~0u; /* tried again when it next comes to a CPU */
	tables_use(v, v->roots.cr3);
}

void domain_wallclock_update(struct domain *d)
{
	volatile struct shared_info *s = d->shared;
	u64 ns = wallclock_get(), sec = ns / NS_PER_SEC;
	u32 version = (s->wc_version | 1) + 1;

	s->wc_version = version - 1;
	barrier();
	s->wc_sec = (u32)sec;
	s->wc_sec_hi = (u32)(sec >> 32);
	s->wc_nsec = ns % NS_PER_SEC;
	barrier();
	s->wc_version = version;
}
