/* SPDX-License-Identifier: MIT */
/*
 * All event channels that there may be are opened, each joined to another of this domain, which
 * takes two locks to close; closed at once, the console's and the store's among them, and opened
 * again. A list of calls that close all then finds none, and must look at each. Ring 0 never keeps
 * interrupts off for long, and the domain's end has as many to close.
 *
 * run by: tests/system/test-bound, and for ever by tests/system/test-load
 */
#include <tests/guest/test.h>

#define PORTS_LEAST 1000 /* the toolstack allows some more */
#define RESETS      400

static domid_t me;

static u32 ports_open(void)
{
	u32 n = 0;

	for (;;) {
		int port = event_alloc_unbound(me);

		if (port < 0)
			return n;
		n++;
		if (event_bind_interdomain(me, (u32)port) < 0)
			return n;
		n++;
	}
}

/* The first closes all, the others look for more. True: each was done. */
static bool resets(void)
{
	static struct multicall_entry calls[RESETS];
	static struct evtchn_reset reset = { .dom = DOMID_SELF };
	u64 refused = 0;

	for (u32 i = 0; i < RESETS; i++)
		calls[i] = (struct multicall_entry){ .op = __HYPERVISOR_event_channel_op,
						     .args = { EVTCHNOP_reset, (u64)&reset } };

	if (hc_multicall(calls, RESETS))
		return false;

	for (u32 i = 0; i < RESETS; i++)
		refused |= calls[i].result;
	return !refused;
}

void test_main(void)
{
	struct sched_shutdown down = { .reason = SHUTDOWN_poweroff };
	char id[8] = "";
	u32 n;

	store_read("domid", id, sizeof(id));
	me = (domid_t)number_parse(id);

	n = ports_open();
	ok(n > PORTS_LEAST, "%u event channels", n);
	console_flush();

	while (test_again()) {
		resets();
		ports_open();
	}

	/* Nothing more can be printed then. */
	if (!resets() || ports_open() < n)
		down.reason = SHUTDOWN_crash;
	hc_sched_op(SCHEDOP_shutdown, &down);
}
