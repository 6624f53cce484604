/* SPDX-License-Identifier: MIT */
/*
 * Several vcpus of one domain: they start where they are told, run side by side on the same memory,
 * see one time, wake each other by event channels, wait for each other by yield and poll, and go
 * down and up again, many times.
 *
 * vcpus: 4
 * cpus: 4
 * run: seed=1
 */
#include <pvabi/vcpu.h>
#include <tests/guest/test.h>

#define VCPUS  4
#define ADDS   20000
#define TURNS  2000
#define ROUNDS 50
#define MS     1000000ul

static u32 here[VCPUS], wrong;
static u64 sum;
static struct lock sum_lock;
static struct barrier barrier;

static void add(void *arg)
{
	(void)arg;
	here[vcpu_id()]++;
	for (u32 i = 0; i < ADDS; i++) {
		lock_take(&sum_lock);
		sum++;
		lock_release(&sum_lock);
	}
}

static void side_by_side(void)
{
	ok_is(vcpu_count(), VCPUS, "the domain has its vcpus");
	ok_is(hc_vcpu_op(VCPUOP_is_up, 1, NULL), 0, "which are down at first");
	ok_is(hc_vcpu_op(VCPUOP_up, 1, NULL) < 0, 1, "and do not go up without a start state");
	ok_is(vcpus_run(VCPUS, add, NULL), 0, "they start");
	for (u32 i = 0; i < VCPUS; i++)
		ok_is(here[i], 1, "vcpu %u was here", i);
	ok_is((long)sum, (long)VCPUS * ADDS, "none of their sums is lost under a lock");
}

/*
 * A token goes round; who has it looks at the clock: time seen by one is not before what another
 * saw.
 */
static u64 token, token_time;

static void pass(void *arg)
{
	u64 me = vcpu_id();

	(void)arg;
	for (u32 i = 0; i < TURNS / VCPUS; i++) {
		u64 turn = i * VCPUS + me, now;

		for (u32 n = 0; __atomic_load_n(&token, __ATOMIC_ACQUIRE) != turn; n++)
			cpu_relax(n);
		now = time_ns();
		if (now < token_time)
			__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
		token_time = now;
		__atomic_store_n(&token, turn + 1, __ATOMIC_RELEASE);
	}
}

static void one_time(void)
{
	wrong = 0;
	vcpus_run(VCPUS, pass, NULL);
	ok_is(wrong, 0, "time does not go back from vcpu to vcpu in %u turns", TURNS);
}

/* Each wakes the next by a port of its own, and sleeps in poll until it is woken itself. */
static evtchn_port_t ipi[VCPUS];

static void ring(void *arg)
{
	u32 me = vcpu_id(), next = (me + 1) % VCPUS;

	(void)arg;
	for (u32 i = 0; i < TURNS / VCPUS; i++) {
		if (me == 0)
			event_send(ipi[next]);
		if (!event_wait(ipi[me], 5000 * MS))
			__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
		if (me != 0)
			event_send(ipi[next]);
	}
}

static void wake_ups(void)
{
	struct evtchn_bind_ipi bind;

	wrong = 0;
	for (u32 i = 0; i < VCPUS; i++) {
		bind.vcpu = i;
		wrong += hc_event_channel_op(EVTCHNOP_bind_ipi, &bind) != 0;
		ipi[i] = bind.port;
	}
	ok_is(wrong, 0, "a port for each to be woken by");
	vcpus_run(VCPUS, ring, NULL);
	ok_is(wrong, 0, "no wake-up is lost in %u", TURNS);
}

/* By an upcall instead: blocked vcpus are woken by the events of others. */
static u32 upcalls[VCPUS];

static void on_ipi(u32 port)
{
	(void)port;
	__atomic_add_fetch(&upcalls[vcpu_id()], 1, __ATOMIC_RELEASE);
}

static void block(void *arg)
{
	u32 me = vcpu_id(), next = (me + 1) % VCPUS;

	(void)arg;
	barrier_wait(&barrier, VCPUS);
	for (u32 i = 0; i < TURNS / VCPUS; i++) {
		if (me == 0)
			event_send(ipi[next]);
		events_mask();
		while (__atomic_load_n(&upcalls[me], __ATOMIC_ACQUIRE) <= i) {
			hc_sched_op(SCHEDOP_block, NULL); /* unmasks: wakes with the event taken */
			events_mask();
		}
		events_unmask();
		if (me != 0)
			event_send(ipi[next]);
	}
}

static void blocks(void)
{
	for (u32 i = 0; i < VCPUS; i++)
		event_handle(ipi[i], on_ipi);
	vcpus_run(VCPUS, block, NULL);
	for (u32 i = 0; i < VCPUS; i++)
		ok_is(upcalls[i], TURNS / VCPUS, "vcpu %u took each event, once and itself", i);
}

static void nothing(void *arg)
{
	__atomic_add_fetch((u32 *)arg, 1, __ATOMIC_RELAXED);
}

static void down_and_up(void)
{
	u32 done = 0;

	for (u32 i = 0; i < ROUNDS; i++)
		vcpus_run(VCPUS, nothing, &done);
	ok_is(done, ROUNDS * VCPUS, "down and up %u times", ROUNDS);
	for (u32 i = 1; i < VCPUS; i++)
		while (hc_vcpu_op(VCPUOP_is_up, i, NULL) > 0)
			hc_sched_op(SCHEDOP_yield, NULL);
	ok_is(hc_vcpu_op(VCPUOP_is_up, 1, NULL), 0, "down it is seen as down");
}

/* A trap is its vcpu's own, also while others trap. */
static void trap(void *arg)
{
	u64 value;

	(void)arg;
	for (u32 i = 0; i < 200; i++)
		if (try_read(HV_INSIDE + vcpu_id() * 8, &value) == VECTOR_NONE ||
		    trap_last()->cr2 != HV_INSIDE + vcpu_id() * 8)
			__atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
}

static void traps(void)
{
	wrong = 0;
	vcpus_run(VCPUS, trap, NULL);
	ok_is(wrong, 0, "traps and their addresses do not mix");
}

/* An NMI comes through a mask of events, to a vcpu that works and to one that sleeps. */
static u32 nmis[VCPUS];

static bool nmi_count(struct regs *r)
{
	if (r->vector == 2)
		__atomic_add_fetch(&nmis[vcpu_id()], 1, __ATOMIC_RELEASE);
	return r->vector == 2;
}

static void nmi_wait(void *arg)
{
	u32 me = vcpu_id();

	(void)arg;
	events_mask();
	barrier_wait(&barrier, VCPUS);
	if (me == 0)
		for (u32 i = 0; i < VCPUS; i++)
			hc_vcpu_op(VCPUOP_send_nmi, i, NULL);
	for (u32 n = 0; !__atomic_load_n(&nmis[me], __ATOMIC_ACQUIRE); n++)
		if (me & 1)
			hc_sched_op(SCHEDOP_block, NULL);
		else
			cpu_relax(n);
	events_unmask();
}

static void nmi_all(void)
{
	trap_hook = nmi_count;
	vcpus_run(VCPUS, nmi_wait, NULL);
	trap_hook = NULL;
	for (u32 i = 0; i < VCPUS; i++)
		ok_is(nmis[i], 1, "vcpu %u took its NMI", i);
}

/* A vcpu goes down a moment after its work is over (vcpu_wait): it has a second for that. */
static void runstates(void)
{
	struct vcpu_runstate_info r;
	u64 now, all, end = time_ns() + SECOND;

	for (u32 i = 0; i < VCPUS; i++) {
		do {
			hc_vcpu_op(VCPUOP_get_runstate_info, i, &r);
			now = time_ns();
		} while (i && r.state != RUNSTATE_offline && now < end);
		all = r.time[0] + r.time[1] + r.time[2] + r.time[3];
		ok(all <= now && r.state == (i ? RUNSTATE_offline : RUNSTATE_running),
		   "vcpu %u is %s", i, i ? "offline" : "running");
	}
}

/* As guest kernels ask: a, b, c, d of a leaf as the hypervisor shows it. */
static void cpuid(u32 leaf, u32 *r)
{
	__asm__(XEN_CPUID : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3]) : "a"(leaf), "c"(0));
}

static u32 package[VCPUS];

static void topology(void *arg)
{
	u32 r[4];

	(void)arg;
	cpuid(1, r);
	package[vcpu_id()] = r[1] >> 24;
	wrong += r[3] >> 28 & 1;
	cpuid(4, r);
	wrong += r[0] >> 14 != 0;
	cpuid(0xb, r);
	wrong += r[1] != 0;
	cpuid(0x80000001, r);
	wrong += r[2] >> 1 & 1;
	cpuid(0x80000008, r);
	wrong += r[2] != 0;
}

/*
 * The machine of this test has several threads or cores in a package: a guest that believed it
 * would schedule by it.
 */
static void packages(void)
{
	wrong = 0;
	vcpus_run(VCPUS, topology, NULL);
	ok_is(wrong, 0, "no vcpu shares a core or a cache with another");
	for (u32 i = 1; i < VCPUS; i++)
		ok(package[i] != package[i - 1], "vcpu %u is a package of its own", i);
}

void test_main(void)
{
	side_by_side();
	packages();
	one_time();
	wake_ups();
	blocks();
	down_and_up();
	traps();
	nmi_all();
	runstates();
}
