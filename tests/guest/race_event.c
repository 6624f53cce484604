/* SPDX-License-Identifier: MIT */
/*
 * Several vcpus open, join, move, mask, poll, send to and close the same few ports; with of=two, so
 * do those of a second domain at the other ends. Beside that every vcpu has a bell that the others
 * ring and move about: no ring is lost. In the end all ports are free again, the lowest first, and
 * every virq can be bound on every vcpu.
 *
 * vcpus: 4
 * cpus: 4
 * race: of=one
 * race-pair: of=two
 */
#include <pvabi/vcpu.h>
#include <tests/guest/pair.h>

#define VCPUS 4
#define PORTS 24 /* few, so that all meet */

static u32 base; /* the first of the ports that are raced for */
static domid_t peer = DOMID_SELF;
static u64 done[16];     /* operations that succeeded, by kind */
static u32 holder[4096]; /* vcpu + 1 that was given a port beyond those that are raced for */
static u64 twice;        /* one was given to two, or what can not fail did */

static evtchn_port_t bell[VCPUS], rope[VCPUS]; /* two ends of a channel */
static u64 rung[VCPUS], heard[VCPUS];          /* a ring's number is in rung before it is sent */

static u32 port_by_chance(void)
{
	return base + below(PORTS);
}

/* Two vcpus may be here for two rings of one bell: the later number stays. */
static void bell_hear(u32 i)
{
	u64 number = __atomic_load_n(&rung[i], __ATOMIC_SEQ_CST);
	u64 before = __atomic_load_n(&heard[i], __ATOMIC_SEQ_CST);

	while (before < number && !__atomic_compare_exchange_n(&heard[i], &before, number, false,
							       __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
}

static void bell_handler(u32 port)
{
	for (u32 i = 0; i < VCPUS; i++)
		if (bell[i] == port)
			bell_hear(i);
}

/* A new port beyond those that are raced for is the caller's alone, until it is closed here. */
static long made(long rc, const evtchn_port_t *port)
{
	if (rc || *port < base + PORTS)
		return rc;
	if (__atomic_exchange_n(&holder[*port], vcpu_id() + 1, __ATOMIC_SEQ_CST))
		count(&twice);
	if (__atomic_exchange_n(&holder[*port], 0, __ATOMIC_SEQ_CST) != vcpu_id() + 1)
		count(&twice);
	if (event_close(*port))
		count(&twice);
	return 0;
}

/* There is always a port. */
static long made_surely(long rc, const evtchn_port_t *port)
{
	if (rc)
		count(&twice);
	return made(rc, port);
}

static long make(u32 kind)
{
	struct evtchn_bind_ipi ipi = { .vcpu = below(VCPUS) };
	struct evtchn_bind_virq virq = { .virq = below(2) ? VIRQ_TIMER : VIRQ_DEBUG,
					 .vcpu = below(VCPUS) };
	struct evtchn_bind_interdomain join = { .remote_dom = peer,
						.remote_port = port_by_chance() };
	struct evtchn_alloc_unbound alloc = { .dom = DOMID_SELF, .remote_dom = peer };

	switch (kind) {
	case 0:
		return made_surely(hc_event_channel_op(EVTCHNOP_bind_ipi, &ipi), &ipi.port);
	case 1:
		return made(hc_event_channel_op(EVTCHNOP_bind_virq, &virq), &virq.port);
	case 2:
		return made(hc_event_channel_op(EVTCHNOP_bind_interdomain, &join),
			    &join.local_port);
	default:
		return made_surely(hc_event_channel_op(EVTCHNOP_alloc_unbound, &alloc),
				   &alloc.port);
	}
}

/* All are given the lowest free port: it is never the same one. */
static void ports_own(void)
{
	for (u32 n = 0; n < 12; n++)
		make(below(2) ? 0 : 3);
}

static long status_look(u32 port)
{
	struct evtchn_status s = { .dom = DOMID_SELF, .port = port };
	long rc = hc_event_channel_op(EVTCHNOP_status, &s);

	return rc ? rc : s.status > EVTCHNSTAT_ipi || s.vcpu >= VCPUS;
}

static long poll_some(void)
{
	evtchn_port_t ports[3] = { port_by_chance(), port_by_chance(), port_by_chance() };
	struct sched_poll poll = { .nr_ports = 3, .timeout = time_ns() + below(200000) };

	poll.ports.p = ports;
	return hc_sched_op(SCHEDOP_poll, &poll);
}

static long port_use(u32 kind)
{
	struct evtchn_bind_vcpu move = { .port = port_by_chance(), .vcpu = below(VCPUS) };
	struct evtchn_unmask unmask = { .port = port_by_chance() };

	switch (kind) {
	case 4:
		return event_close(port_by_chance());
	case 5:
		return hc_event_channel_op(EVTCHNOP_bind_vcpu, &move);
	case 6:
		return hc_event_channel_op(EVTCHNOP_unmask, &unmask);
	case 7:
		return status_look(port_by_chance());
	case 8:
		return poll_some();
	default:
		return event_send(port_by_chance());
	}
}

/* The number first, so that who hears of this ring knows it. */
static void bell_ring(u32 of)
{
	struct evtchn_bind_vcpu move = { .port = bell[of], .vcpu = below(VCPUS) };

	__atomic_add_fetch(&rung[of], 1, __ATOMIC_SEQ_CST);
	event_send(rope[of]);
	if (!below(8))
		hc_event_channel_op(EVTCHNOP_bind_vcpu, &move);
}

static void racer(void *arg)
{
	(void)arg;
	while (race_goes_on())
		for (u32 n = 0; n < 50; n++) {
			u32 kind = below(14);

			if (kind > 11)
				ports_own();
			else if (kind > 10)
				bell_ring(below(VCPUS));
			else if (!(kind < 4 ? make(kind) : port_use(kind)))
				count(&done[kind]);
		}
}

/* Its last ring has come, on whatever vcpu: all take events here. */
static void bells_silent(void *arg)
{
	u64 end = time_ns() + 5 * SECOND;

	(void)arg;
	for (u32 i = 0; i < VCPUS; i++)
		for (u32 n = 0; time_ns() < end; n++) {
			if (__atomic_load_n(&heard[i], __ATOMIC_SEQ_CST) == rung[i])
				break;
			cpu_relax(n);
		}
}

static void bells_make(void)
{
	for (u32 i = 0; i < VCPUS; i++) {
		bell[i] = event_alloc_unbound(DOMID_SELF);
		rope[i] = event_bind_interdomain(DOMID_SELF, bell[i]);
		event_handle(bell[i], bell_handler);
	}
}

static u32 first_free(void)
{
	u32 port = event_alloc_unbound(DOMID_SELF);

	event_close(port);
	return port;
}

static void ports_free_again(void)
{
	u32 wrong = 0;

	for (u32 p = base; p < base + PORTS + 64; p++)
		event_close(p);
	for (u32 p = base; p < base + PORTS + 64; p++)
		wrong += (u32)event_alloc_unbound(peer) != p;
	ok_is(wrong, 0, "each port is free, and given out in turn");
	for (u32 p = base; p < base + PORTS + 64; p++)
		wrong += event_close(p) != 0;
	ok_is(wrong, 0, "and closed once more");
	for (u32 v = 0; v < VCPUS; v++)
		for (u32 n = 0; n < 2; n++) {
			struct evtchn_bind_virq virq = { .virq = n ? VIRQ_TIMER : VIRQ_DEBUG,
							 .vcpu = v };

			wrong += hc_event_channel_op(EVTCHNOP_bind_virq, &virq) != 0;
			wrong += event_close(virq.port) != 0;
		}
	ok_is(wrong, 0, "no virq of a vcpu is taken by a port that is no more");
}

void test_main(void)
{
	char of[8];
	u32 idle = 0;

	if (cmdline_word("of", of, sizeof(of)) && of[1] == 'w') {
		int found = pair_peer();

		if (!ok(found > 0, "the other domain is found"))
			return;
		peer = (domid_t)found;
	}
	bells_make();
	base = first_free();
	ok_is(vcpus_run(VCPUS, racer, NULL), 0, "%u vcpus race", VCPUS);
	for (u32 kind = 0; kind < 11; kind++)
		idle += !done[kind];
	ok_is(idle, 0, "each operation was done now and then (%lu joins, %lu closes, %lu sends)",
	      done[2], done[4], done[9]);
	ok_is((long)twice, 0, "each port was given to one, and closed by it");
	vcpus_run(VCPUS, bells_silent, NULL);
	for (u32 i = 0; i < VCPUS; i++)
		ok(heard[i] == rung[i] && rung[i], "the last of %lu rings of bell %u is heard",
		   rung[i], i);
	ports_free_again();
}
