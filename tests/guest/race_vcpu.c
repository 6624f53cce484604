/* SPDX-License-Identifier: MIT */
/*
 * Some vcpus start, stop and rouse others, all at once and the same ones. One alone initialises
 * each, one alone moves its info; what it was about when it was stopped it goes on with; its times
 * add up to what has passed; and pages that were only offered for its info are held by nobody.
 *
 * vcpus: 12
 * cpus: 4
 * race: disturbed
 */
#include <pvabi/memory.h>
#include <pvabi/vcpu.h>
#include <tests/guest/test.h>

#define RACERS      4
#define VCPUS       12
#define VICTIMS     (VCPUS - RACERS)
#define STACK_PAGES 2
#define MS          1000000ul
#define TOKEN       0x5ca1ab1e00000000ul

static struct barrier barrier;
static char *stack[VCPUS];
static struct vcpu_guest_context context[RACERS];
static struct vcpu_runstate_info *area[VCPUS];
static struct vcpu_info *info[RACERS][VCPUS]; /* that each racer offers */
static u32 initialised[VCPUS], moved[VCPUS];
static u64 turns[VCPUS], starts, damage, refusals;

/* Its registers and its count are its own, wherever it is stopped: two of it would disagree. */
static void victim(u64 id)
{
	u64 seen = 0;

	for (;;) {
		u64 token = TOKEN | id;

		__asm__ volatile("mov $300, %%ecx; 1: pause; dec %%ecx; jnz 1b"
				 : "+r"(token)
				 :
				 : "rcx");
		if (token != (TOKEN | id) || seen != __atomic_load_n(&turns[id], __ATOMIC_SEQ_CST))
			count(&damage);
		__atomic_store_n(&turns[id], ++seen, __ATOMIC_SEQ_CST);
		if (seen % 64 == id)
			hc_vcpu_op(VCPUOP_down, (u32)id, NULL);
		else if (seen % 16 == 0)
			hc_sched_op(SCHEDOP_yield, NULL);
	}
}

static long initialise(u32 id)
{
	struct vcpu_guest_context *c = &context[vcpu_id()];
	u64 top = (u64)stack[id] + STACK_PAGES * PAGE_SIZE;

	vcpu_start_state(c, victim, id, top, top - PAGE_SIZE);
	return hc_vcpu_op(VCPUOP_initialise, id, c);
}

static long info_move(u32 id)
{
	struct vcpu_register_vcpu_info r = { .mfn = va_to_mfn(info[vcpu_id()][id]) };

	return hc_vcpu_op(VCPUOP_register_vcpu_info, id, &r);
}

static long area_move(u32 id)
{
	struct vcpu_register_runstate_memory_area a = { .addr.p = below(4) ? (u64)area[id] : 0 };

	return hc_vcpu_op(VCPUOP_register_runstate_memory_area, id, &a);
}

static long period(u32 id)
{
	struct vcpu_set_periodic_timer t = { .period_ns = (1 + below(3)) * MS };

	return hc_vcpu_op(VCPUOP_set_periodic_timer, id, &t);
}

/* Both were done before: whoever they succeed for again damages a vcpu that runs. */
static void again(u32 id)
{
	if (!initialise(id) || !info_move(id))
		count(&damage);
	else
		count(&refusals);
}

static void victim_treat(u32 id)
{
	switch (below(10)) {
	case 0:
		again(id);
		break;
	case 1:
		hc_vcpu_op(VCPUOP_down, id, NULL);
		break;
	case 2:
		period(id);
		break;
	case 3:
		hc_vcpu_op(VCPUOP_stop_periodic_timer, id, NULL);
		break;
	case 4:
		area_move(id);
		break;
	case 5:
		hc_vcpu_op(VCPUOP_send_nmi, id, NULL); /* it has no handler: nothing comes of it */
		break;
	default:
		if (!hc_vcpu_op(VCPUOP_up, id, NULL))
			count(&starts);
	}
}

/* All racers begin with the same vcpu. Its info can be moved by others while it is down. */
static void start_together(u32 id)
{
	struct evtchn_bind_virq timer = { .virq = VIRQ_TIMER, .vcpu = id };

	barrier_wait(&barrier, RACERS);
	if (!info_move(id))
		__atomic_add_fetch(&moved[id], 1, __ATOMIC_RELAXED);
	barrier_wait(&barrier, RACERS);
	if (!initialise(id))
		__atomic_add_fetch(&initialised[id], 1, __ATOMIC_RELAXED);
	hc_vcpu_op(VCPUOP_up, id, NULL);
	hc_event_channel_op(EVTCHNOP_bind_virq, &timer);
}

static void racer(void *arg)
{
	(void)arg;
	for (u32 id = RACERS; id < VCPUS; id++)
		start_together(id);
	while (race_goes_on())
		for (u32 n = 0; n < 50; n++)
			victim_treat(RACERS + below(VICTIMS));
}

/* What a vcpu's times add up to, and the time before and after that was asked. */
static struct sum {
	u64 before, sum, after;
} begin[VCPUS];

static struct sum times_add(u32 id)
{
	struct vcpu_runstate_info r;
	struct sum s = { .before = time_ns() };

	hc_vcpu_op(VCPUOP_get_runstate_info, id, &r);
	s.after = time_ns();
	s.sum = r.time[0] + r.time[1] + r.time[2] + r.time[3];
	return s;
}

static void all_down(void)
{
	u64 end = time_ns() + 10000 * MS;
	u32 up = 0;

	for (u32 id = RACERS; id < VCPUS; id++) {
		while (hc_vcpu_op(VCPUOP_is_up, id, NULL) > 0 && time_ns() < end)
			time_sleep(MS);
		hc_vcpu_op(VCPUOP_stop_periodic_timer, id, NULL);
		up += hc_vcpu_op(VCPUOP_is_up, id, NULL) != 0;
	}
	ok_is(up, 0, "all go down again by themselves");
}

static void each_was_right(void)
{
	u32 wrong = 0, lazy = 0;

	for (u32 id = RACERS; id < VCPUS; id++) {
		struct sum now = times_add(id);
		u64 sum = now.sum - begin[id].sum;

		ok(initialised[id] == 1 && moved[id] == 1,
		   "vcpu %u: initialised %u times, moved %u times", id, initialised[id], moved[id]);
		wrong += sum < now.before - begin[id].after || sum > now.after - begin[id].before;
		lazy += !turns[id];
	}
	ok_is(wrong, 0, "the times of each add up to what has passed");
	ok_is(lazy, 0, "each has run");
}

static void pages_free_again(void)
{
	xen_pfn_t list[RACERS * VICTIMS];
	struct xen_memory_reservation r = { .nr_extents = RACERS * VICTIMS, .domid = DOMID_SELF };
	long before = pages_reserved();
	u32 n = 0;

	for (u32 i = 0; i < RACERS; i++)
		for (u32 id = RACERS; id < VCPUS; id++) {
			list[n++] = va_to_mfn(info[i][id]);
			hc_update_va_mapping(info[i][id], 0, UVMF_NONE);
		}
	r.extent_start.p = list;
	ok_is(hc_memory_op(XENMEM_decrease_reservation, &r), n, "all pages are given back");
	ok_is(before - pages_reserved(), n - VICTIMS,
	      "but those that hold an info are held by it alone");
}

void test_main(void)
{
	for (u32 id = RACERS; id < VCPUS; id++) {
		stack[id] = pages_alloc(STACK_PAGES);
		area[id] = page_alloc();
		for (u32 i = 0; i < RACERS; i++)
			info[i][id] = page_alloc();
		begin[id] = times_add(id);
	}
	ok_is(vcpus_run(RACERS, racer, NULL), 0, "%u vcpus race", RACERS);
	all_down();
	ok_is((long)damage, 0, "none was started twice or lost what it was about");
	ok(starts > 100 && refusals > 10, "%lu starts, %lu refusals", starts, refusals);
	each_was_right();
	pages_free_again();
}
