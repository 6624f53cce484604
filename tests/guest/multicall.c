/* SPDX-License-Identifier: MIT */
/*
 * A list of calls is carried out in order, each with its result; a list within a list or an iret in
 * one is refused, and a length or place that wraps ends where memory ends.
 */
#include <tests/guest/test.h>

#define LONG 3000

static struct multicall_entry list[LONG];

static void plain(void)
{
	u32 wrong = 0;
	long version = hc_xen_version(0, NULL);

	for (u32 i = 0; i < LONG; i++)
		list[i] = (struct multicall_entry){ .op = i % 3 ? __HYPERVISOR_xen_version : 63,
						    .result = 99 };
	ok_is(hc_multicall(list, LONG), 0, "%u calls", LONG);
	for (u32 i = 0; i < LONG; i++)
		wrong += (long)list[i].result != (i % 3 ? version : -XEN_ENOSYS);
	ok_is(wrong, 0, "each has its result");
	ok_is(hc_multicall(list, 0), 0, "no calls");
	ok_is(hc_multicall((void *)HV_INSIDE, 0) <= 0, 1, "no calls anywhere");
}

static void nested(void)
{
	struct multicall_entry inner = { .op = __HYPERVISOR_xen_version, .result = 7 };

	list[0] = (struct multicall_entry){ .op = __HYPERVISOR_multicall,
					    .args = { (u64)&inner, 1 } };
	list[1] = (struct multicall_entry){ .op = __HYPERVISOR_multicall,
					    .args = { (u64)list, 2 } };
	list[2] = (struct multicall_entry){ .op = __HYPERVISOR_iret };
	list[3] = (struct multicall_entry){ .op = ~0ul };
	list[5] = (struct multicall_entry){ .op = __HYPERVISOR_xen_version };
	hc_multicall(list, 6);
	ok((long)list[0].result < 0 && inner.result == 7, "a list in a list is refused");
	ok((long)list[1].result < 0, "one that contains itself too");
	ok((long)list[2].result < 0, "and an iret");
	ok_is(list[3].result, -XEN_ENOSYS, "call ~0");
	ok((long)list[5].result > 0, "the last is made");
}

/*
 * Calls up to the end of a page, behind which none is mapped: what else stands in memory is no
 * list.
 */
static void too_long(void)
{
	static struct multicall_entry edge[128] __attribute__((aligned(4096)));

	for (u32 i = 0; i < 64; i++)
		edge[i] = (struct multicall_entry){ .op = __HYPERVISOR_xen_version };
	ok_is(page_set(&edge[64], 0), 0, "a page is unmapped");
	ok_refused(hc_multicall(edge, ~0u), "4 G calls end where memory ends");
	ok((long)edge[63].result > 0, "the last before it is made");
}

static void wraps(void)
{
	ok_refused(hc_multicall((void *)-64ul, 2), "a list over the end of all addresses");
	ok_refused(hc_multicall((void *)(HV_FIRST - 64), 2), "one that runs into the hypervisor");
	ok_refused(hc_multicall((void *)3, 1), "one in an unmapped page");
	ok(hypercall(64, 0, 0, 0, 0, 0) == -XEN_ENOSYS &&
		   hypercall(~0ul, 0, 0, 0, 0, 0) == -XEN_ENOSYS &&
		   hypercall(1ul << 32, 0, 0, 0, 0, 0) < 0,
	   "hypercalls 64, ~0 and 1 << 32 are none");
}

void test_main(void)
{
	plain();
	nested();
	too_long();
	wraps();
}
