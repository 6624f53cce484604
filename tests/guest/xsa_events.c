/* SPDX-License-Identifier: MIT */
/*
 * What guests did with event channels in known advisories: ports that nobody has, a table that is
 * full, the operations of FIFO channels.
 */
#include <tests/guest/xsa.h>

#define PORTS EVTCHN_2L_NR_CHANNELS

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

static void full(void)
{
	struct evtchn_bind_ipi ipi = { .vcpu = 0, .port = 4321 };
	int last = fill();

	ok_refused(event_bind_virq(VIRQ_DEBUG), "XSA-317: no port for a virq");
	ok_refused(event_bind_interdomain(DOMID_SELF, last), "XSA-317: nor for a channel");
	ok_refused(hc_event_channel_op(EVTCHNOP_bind_ipi, &ipi), "XSA-317: nor for an IPI");
	ok_is(ipi.port, 4321, "and none is named");
	ok_is(event_close(last), 0, "one is closed");
	ok_is(event_bind_virq(VIRQ_DEBUG), last, "and had by the virq");
}

void test_main(void)
{
	fifo();
	polls();
	full();
}
