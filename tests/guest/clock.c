/* SPDX-License-Identifier: MIT */
/*
 * Says what time it is, in ns since 1970, for each line that it is sent: by the wall clock of the
 * shared page and system time, as any guest reads them. Sleeps otherwise.
 *
 * run by: tests/system/test-clock
 */
#include <pvabi/io/console.h>
#include <tests/guest/test.h>

static u64 wall_ns(void)
{
	u32 version;
	u64 base;

	do {
		version = __atomic_load_n(&shared_info->wc_version, __ATOMIC_ACQUIRE);
		base = ((u64)shared_info->wc_sec_hi << 32 | shared_info->wc_sec) * 1000000000ul +
		       shared_info->wc_nsec;
		BARRIER();
	} while (version & 1 || version != shared_info->wc_version);
	return base + time_ns();
}

/* Takes what stands in the console's ring; true if a line ended there. */
static bool line_taken(struct xencons_interface *ring)
{
	bool line = false;

	while (ring->in_cons != __atomic_load_n(&ring->in_prod, __ATOMIC_ACQUIRE)) {
		line |= ring->in[MASK_XENCONS_IDX(ring->in_cons, ring->in)] == '\n';
		__atomic_store_n(&ring->in_cons, ring->in_cons + 1, __ATOMIC_RELEASE);
	}
	return line;
}

void test_main(void)
{
	struct xencons_interface *ring = pfn_to_va(mfn_to_pfn(start_info->console.domU.mfn));
	evtchn_port_t port = start_info->console.domU.evtchn;
	struct sched_poll poll = { .nr_ports = 1, .ports.p = &port };

	print("CLOCK UP\n");
	for (;;) {
		event_pending_take(port);
		if (line_taken(ring))
			print("TIME %lu\n", wall_ns());
		else
			hc_sched_op(SCHEDOP_poll, &poll);
	}
}
