/* SPDX-License-Identifier: MIT */
/*
 * What guests did with event channels in known advisories: ports that nobody has, a table that is
 * full, a reset of all ports at once and while others use them, the operations of FIFO channels. A
 * reset closes the ports of console and store too: they are joined again with what waits for them
 * in the control domain.
 *
 * vcpus: 4
 * cpus: 2
 */
#include <tests/guest/xsa.h>

#define PORTS  EVTCHN_2L_NR_CHANNELS
#define ROUNDS 40

static u64 wrong; /* answers that no state of a port explains */
static u32 rounds;

static long reset(void)
{
	struct evtchn_reset r = { .dom = DOMID_SELF };

	return hc_event_channel_op(EVTCHNOP_reset, &r);
}

static void fifo(void)
{
	static const struct {
		int cmd;
		const char *what;
	} refused[] = {
		{ EVTCHNOP_init_control, "XSA-107, XSA-188, XSA-358: a control block" },
		{ EVTCHNOP_expand_array, "XSA-359, XSA-505: an array of events" },
		{ EVTCHNOP_set_priority, "a priority" },
	};
	u64 room[8] = { start_info->shared_info >> PAGE_SHIFT };

	for (u32 i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		ok_is(hc_event_channel_op(refused[i].cmd, room), -XEN_ENOSYS, "%s",
		      refused[i].what);
}

static long poll_one(u32 port)
{
	evtchn_port_t p = port;
	struct sched_poll poll = { .nr_ports = 1, .timeout = 1 };

	poll.ports.p = &p;
	return hc_sched_op(SCHEDOP_poll, &poll);
}

static void polls(void)
{
	u32 refused = 0;

	for (u32 port = 0; port < PORTS; port += 7)
		refused += poll_one(port) != 0;
	ok_is(refused, 0, "XSA-221: a port that nobody has is polled, and nothing comes");
	ok_refused(poll_one(PORTS), "XSA-221: the first that cannot be");
	ok_refused(poll_one(~0u), "XSA-221: the last of all");
}

/* As many as there are: the number of the last. */
static int fill(void)
{
	int port, highest = 0;

	while ((port = event_alloc_unbound(DOMID_SELF)) > 0)
		highest = port;
	ok(port == -XEN_ENOSPC || port == -XEN_ENOMEM, "the table is full: %d", port);
	return highest;
}

static int last; /* the highest port that the toolstack allows */

static void full(void)
{
	struct evtchn_bind_ipi ipi = { .vcpu = 1, .port = 4321 };

	last = fill();

	ok_refused(event_bind_virq(VIRQ_DEBUG), "XSA-317: no port for a virq");
	ok_refused(event_bind_interdomain(DOMID_SELF, last), "XSA-317: nor for a channel");
	ok_refused(hc_event_channel_op(EVTCHNOP_bind_ipi, &ipi), "XSA-317: nor for an IPI");
	ok_is(ipi.port, 4321, "and none is named");
	ok_is(event_close(last), 0, "one is closed");
	ok_is(event_bind_virq(VIRQ_DEBUG), last, "and had by the virq");
}

static void full_reset(void)
{
	ok_is(reset(), 0, "XSA-344: %d ports are reset", last);
	ok_refused(event_close(last), "XSA-338: the last is none");
	ok_refused(event_send(last), "XSA-338: and not sent to");
	ok_is(poll_one(last), 0, "XSA-338: but may be polled");
	ok_is(event_alloc_unbound(DOMID_SELF), 1, "the first is had again");
	ok_is(fill(), last, "XSA-338: and all of them up to the last");
	ok_is(reset(), 0, "reset once more");
}

/* Refused or done: no other answer, and no port out of range. */
static void answer(long rc)
{
	if (rc >= (long)PORTS || rc < -4095)
		count(&wrong);
}

static void use_ports(void)
{
	u32 port = 1 + below(30);

	switch (below(6)) {
	case 0:
		answer(event_alloc_unbound(DOMID_SELF));
		break;
	case 1:
		answer(event_bind_interdomain(DOMID_SELF, port));
		break;
	case 2:
		answer(event_send(port));
		break;
	case 3:
		answer(event_bind_virq(VIRQ_TIMER));
		break;
	case 4:
		answer(poll_one(port));
		break;
	default:
		answer(event_close(port));
	}
}

/* One resets, the others do all else. */
static void race(void *unused)
{
	(void)unused;
	if (vcpu_id() == 0) {
		for (u32 i = 0; i < ROUNDS; i++) {
			answer(reset());
			for (u32 k = 0; k < 2000; k++)
				cpu_relax(k);
		}
		__atomic_store_n(&rounds, ROUNDS, __ATOMIC_RELEASE);
		return;
	}
	while (__atomic_load_n(&rounds, __ATOMIC_ACQUIRE) < ROUNDS)
		use_ports();
}

static void reset_raced(void)
{
	vcpus_run(vcpu_count(), race, NULL);
	ok_is((long)wrong, 0, "XSA-343: resets while %u vcpus use the ports", vcpu_count());
	ok_is(reset(), 0, "a last one");
	ok_is(event_alloc_unbound(DOMID_SELF), 1, "XSA-343: all ports are free");
	ok_is(event_close(1), 0, "closed");
}

/* The port of the control domain that is joined with this one; its daemons may be about to. */
static u32 other_end(u32 port)
{
	struct evtchn_status s = { .dom = DOMID_SELF, .port = port };

	for (u32 i = 0; i < 100; i++) {
		if (!hc_event_channel_op(EVTCHNOP_status, &s) && s.status == EVTCHNSTAT_interdomain)
			return s.u.interdomain.port;
		time_sleep(SECOND / 20);
	}
	return 0;
}

/* Ports are given out from the lowest: those in between are held until both are there. */
static void join_again(u32 store, u32 console)
{
	u32 both = start_info->store_evtchn;

	if (start_info->console.domU.evtchn > both)
		both = start_info->console.domU.evtchn;
	for (u32 port = 1; port <= both; port++) {
		if (port == start_info->store_evtchn)
			ok_is(event_bind_interdomain(0, store), port, "the store's port again");
		else if (port == start_info->console.domU.evtchn)
			ok_is(event_bind_interdomain(0, console), port, "the console's too");
		else
			event_alloc_unbound(DOMID_SELF);
	}
}

void test_main(void)
{
	u32 store = other_end(start_info->store_evtchn);
	u32 console = other_end(start_info->console.domU.evtchn);
	char text[16];

	ok(store && console, "the ends in the control domain are %u and %u", store, console);
	fifo();
	polls();
	full();
	console_flush();
	full_reset();
	reset_raced();
	join_again(store, console);
	ok(store_read("name", text, sizeof(text)) > 0, "the store answers again");
}
