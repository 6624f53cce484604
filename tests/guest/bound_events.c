/* SPDX-License-Identifier: MIT */
/*
 * All event channels that there may be are opened, closed at once, the console's and the store's
 * among them, and opened again: ring 0 never keeps interrupts off for long, and the domain's end
 * has as many to close.
 *
 * run by: tests/system/test-bound, and for ever by tests/system/test-load
 */
#include <tests/guest/test.h>

#define PORTS 4095 /* the toolstack allows fewer */

static u32 ports_open(void)
{
	u32 n = 0;

	while (n < PORTS && event_alloc_unbound(0) >= 0)
		n++;
	return n;
}

void test_main(void)
{
	struct evtchn_reset reset = { .dom = DOMID_SELF };
	struct sched_shutdown down = { .reason = SHUTDOWN_poweroff };
	u32 n = ports_open();

	ok(n > 1000, "%u event channels", n);
	console_flush();

	while (test_again()) {
		hc_event_channel_op(EVTCHNOP_reset, &reset);
		ports_open();
	}

	/* Nothing more can be printed then. */
	if (hc_event_channel_op(EVTCHNOP_reset, &reset) || ports_open() < n)
		down.reason = SHUTDOWN_crash;
	hc_sched_op(SCHEDOP_shutdown, &down);
}
