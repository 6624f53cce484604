/* SPDX-License-Identifier: MIT */
/*
 * What a guest is told of time: how long each vcpu ran and waited (runstate), the scale from its
 * TSC to system time (pvclock), and the wall clock. All are written under a version that is odd
 * meanwhile, so a reader on another vcpu sees all or nothing.
 */
#include <dom/domain.h>
#include <frame/tlb.h>
#include <lib/string.h>
#include <x86/asm.h>
#include <x86/features.h>

/*
 * A time that was taken before another CPU's last change counts as the time of that change: so the
 * times add up to what passed.
 */
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

/*
 * Registered areas are addresses of the guest's kernel, which its user part's tables need not map.
 * Around an access the kernel's tables are loaded.
 */
static void tables_use(struct vcpu *v, u64 cr3)
{
	if (v->kernel_mode)
		return;

	v->roots.cr3 = cr3;
	tlb_use(cr3);
}

#define VMASST_RUNSTATE_FLAG (1ul << VMASST_TYPE_runstate_update_flag)

/*
 * With the flag that the guest asked for, the time of the last change carries a mark while the area
 * is written: a reader on another vcpu looks again.
 */
void runstate_publish(struct vcpu *v)
{
	struct vcpu_runstate_info r, *area = (void *)v->runstate_guest;
	u64 entry = v->runstate.state_entry_time, marked = entry | XEN_RUNSTATE_UPDATE;
	bool flag = v->dom->vm_assist & VMASST_RUNSTATE_FLAG;

	if (!area)
		return;

	tables_use(v, v->roots.kernel_cr3);
	r = v->runstate;
	if (flag) {
		ignore(guest_copy_out(&area->state_entry_time, &marked, sizeof(marked)));
		r.state_entry_time = marked;
	}
	if (guest_copy_out(area, &r, sizeof(r)))
		domain_log(v->dom, "the runstate area of d%uv%u is not writable", v->dom->id,
			   v->id);
	if (flag)
		ignore(guest_copy_out(&area->state_entry_time, &entry, sizeof(entry)));
	tables_use(v, v->roots.user_cr3);
}

/* The version is odd while the rest is written. */
static void info_time_write(struct vcpu_time_info *to, const struct vcpu_time_info *from)
{
	const size_t head = offsetof(struct vcpu_time_info, tsc_timestamp);

	WRITE_ONCE(to->version, from->version - 1);
	barrier();
	memcpy((u8 *)to + head, (const u8 *)from + head, sizeof(*to) - head);
	barrier();
	WRITE_ONCE(to->version, from->version);
}

static void time_publish(struct vcpu *v, const struct vcpu_time_info *t)
{
	if (v->info)
		info_time_write(&v->info->time, t);

	if (!v->time_guest)
		return;

	tables_use(v, v->roots.kernel_cr3);
	if (guest_copy_out((void *)v->time_guest, t, sizeof(*t)))
		v->time_cpu = TIME_CPU_NONE; /* tried again when it next comes to a CPU */
	tables_use(v, v->roots.user_cr3);
}

void vcpu_time_update(struct vcpu *v)
{
	const struct time_scale *scale = time_tsc_scale();
	bool here = v == current();
	struct vcpu_time_info t = {
		.tsc_timestamp = rdtsc(),
		.tsc_to_system_mul = scale->mul,
		.tsc_shift = scale->shift,
		.flags = time_tsc_stable() ? XEN_PVCLOCK_TSC_STABLE_BIT : 0,
	};

	__atomic_store_n(&v->time_cpu, here ? cpu_id() : TIME_CPU_NONE, __ATOMIC_SEQ_CST);
	if (!here)
		return;

	v->time_version += 2; /* even: complete */
	t.version = v->time_version;
	t.system_time = time_from_tsc(t.tsc_timestamp);
	time_publish(v, &t);
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
