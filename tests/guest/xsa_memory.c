/* SPDX-License-Identifier: MIT */
/*
 * What guests did with memory, timers and other small calls in known advisories: answers that go
 * where they must not, lists that are bad in the middle, nodes and orders that do not exist, times
 * beyond all time, what others left in pages and answers, calls that only the control domain has.
 */
#include <pvabi/physdev.h>
#include <pvabi/vcpu.h>
#include <pvabi/version.h>
#include <tests/guest/xsa.h>

#define MARK  0x5a5a5a5a5a5a5a5aul
#define TAKEN 32

static struct xen_memory_reservation one(xen_pfn_t *list, u32 mem_flags)
{
	struct xen_memory_reservation r = { .nr_extents = 1,
					    .mem_flags = mem_flags,
					    .domid = DOMID_SELF };

	r.extent_start.p = list;
	return r;
}

/* The place of the answer is list + 8 * nr_exchanged, which may come out anywhere. */
static void exchange_elsewhere(void)
{
	static const u64 at[] = { HV_INSIDE, HV_FIRST, HV_LAST_PAGE, HV_FIRST - 8, NON_CANONICAL };
	xen_pfn_t mfn = va_to_mfn(page_alloc());
	long before = pages_reserved();

	for (u32 i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		struct xen_memory_exchange x = { .in = one(&mfn, 0), .out = one(NULL, 0) };

		x.out.extent_start.p = (void *)at[i];
		ok(hc_memory_op(XENMEM_exchange, &x) < 0, "XSA-29: answers at %lx", at[i]);
		x.in = one(&mfn, 0);
		x.out = one(&mfn, 0);
		x.nr_exchanged = (at[i] - (u64)&mfn) / 8;
		ok(hc_memory_op(XENMEM_exchange, &x) < 0, "XSA-212: so much done that it is there");
		x.in.nr_extents = x.out.nr_extents = x.nr_exchanged + 1;
		ok(hc_memory_op(XENMEM_exchange, &x) < 0, "XSA-212: of a list that is so long");
	}
	ok_is(pages_reserved(), before, "%ld pages, as before", before);
}

static void exchange_bad_in_the_middle(void)
{
	u64 *page[4];
	xen_pfn_t in[5], out[5] = { 0 };
	struct xen_memory_exchange x = { .in = one(in, 0), .out = one(out, 0) };
	bool back = true;

	for (u32 i = 0; i < 4; i++) {
		page[i] = page_alloc();
		in[i] = va_to_mfn(page[i]);
		page_set(page[i], 0);
	}
	in[4] = in[3];
	in[3] = 0xfee00;
	x.in.nr_extents = x.out.nr_extents = 5;
	ok(hc_memory_op(XENMEM_exchange, &x) < 0, "XSA-159: a device among the frames");
	x.in.nr_extents = x.out.nr_extents = 4;
	in[3] = in[0];
	ok(hc_memory_op(XENMEM_exchange, &x) < 0, "XSA-159: a frame twice");
	for (u32 i = 0; i < 4; i++)
		back &= page_given_back(page[i]);
	ok(back, "XSA-159: nothing holds those that were good");
}

/* Nodes of memory that are not there, demands that cannot be met. */
static void nodes(void)
{
	xen_pfn_t pfn = start_info->nr_pages + 50, list;
	long before = pages_reserved();
	u32 strange = 0;

	for (u32 flags = 0; flags < 1u << 19; flags += 0x700 + (flags >> 4)) {
		struct xen_memory_reservation r = one(&list, flags);
		long rc;

		list = pfn;
		rc = hc_memory_op(XENMEM_populate_physmap, &r);
		strange += rc > 1 || rc < -4095;
		if (rc == 1) {
			r = one(&list, 0);
			hc_memory_op(XENMEM_decrease_reservation, &r);
		}
	}
	ok_is(strange, 0, "XSA-231: nodes and flags of all kinds are given or refused");
	ok_is(pages_reserved(), before, "%ld pages, as before", before);
}

/* What is given back full of marks comes again clear, by each way to get a page. */
static void others_marks(void)
{
	xen_pfn_t list[TAKEN];
	u64 *window = page_alloc();
	u32 dirty = 0, got = 0;

	for (u32 i = 0; i < TAKEN; i++) {
		u64 *page = page_alloc();

		page_fill(page, MARK);
		page_given_back(page);
	}
	for (u32 i = 0; i < TAKEN; i++) {
		struct xen_memory_reservation r = one(&list[i], 0);

		list[i] = start_info->nr_pages + 100 + i;
		if (hc_memory_op(i % 2 ? XENMEM_populate_physmap : XENMEM_increase_reservation,
				 &r) != 1)
			continue;
		got++;
		page_writable(window, list[i]);
		dirty += !page_is(window, 0);
	}
	ok(got > 0, "%u pages are got", got);
	ok_is(dirty, 0, "XSA-100: all are clear");
}

/* Texts are clear behind their end, and nothing is written behind them. */
static void texts(void)
{
	static const struct {
		int cmd;
		u32 size;
	} calls[] = {
		{ XENVER_extraversion, sizeof(xen_extraversion_t) },
		{ XENVER_compile_info, sizeof(struct xen_compile_info) },
		{ XENVER_capabilities, sizeof(xen_capabilities_info_t) },
		{ XENVER_changeset, sizeof(xen_changeset_info_t) },
	};
	static u8 room[2048];

	for (u32 i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		u32 behind = 0, parts = calls[i].cmd == XENVER_compile_info ? 4 : 1;
		u32 ends = 0;

		memset(room, 0xa5, sizeof(room));
		ok_is(hc_xen_version(calls[i].cmd, room), 0, "text %d", calls[i].cmd);
		for (u32 k = 1; k < calls[i].size; k++)
			ends += room[k] && !room[k - 1];
		for (u32 k = calls[i].size; k < sizeof(room); k++)
			behind += room[k] != 0xa5;
		ok(ends < parts, "XSA-122: nothing stands behind an end (%u texts)", ends + 1);
		ok_is(behind, 0, "XSA-122: nor is anything written behind the whole");
	}
}

static void times(void)
{
	static const u64 periods[] = { 0, 1, 999999, (1ul << 48) + 1, 1ul << 63, ~0ul };
	u64 begin = time_ns();

	for (u32 i = 0; i < sizeof(periods) / sizeof(periods[0]); i++) {
		struct vcpu_set_periodic_timer p = { .period_ns = periods[i] };
		struct vcpu_set_singleshot_timer s = { .timeout_abs_ns = periods[i] };

		ok_refused(hc_vcpu_op(VCPUOP_set_periodic_timer, 0, &p), "XSA-20: each %lu ns",
			   periods[i]);
		hc_vcpu_op(VCPUOP_set_singleshot_timer, 0, &s);
		CALL(set_timer_op, periods[i]);
	}
	hc_vcpu_op(VCPUOP_stop_singleshot_timer, 0, NULL);
	time_sleep(SECOND / 100);
	ok(time_ns() > begin + SECOND / 100, "XSA-20: time goes on");
}

static void vcpu_info_places(void)
{
	struct vcpu_register_vcpu_info r = { .mfn = va_to_mfn(page_alloc()) };

	for (r.offset = 1; r.offset < 8; r.offset++)
		ok_refused(hc_vcpu_op(VCPUOP_register_vcpu_info, 0, &r),
			   "XSA-327: vcpu_info at offset %u", r.offset);
}

/* Calls that are the control domain's, or nobody's: what they do before they refuse is little. */
static void not_for_us(void)
{
	static const struct {
		u32 call, cmd;
		const char *what;
	} calls[] = {
		{ __HYPERVISOR_physdev_op, PHYSDEVOP_get_free_pirq, "XSA-13: a free pirq" },
		{ __HYPERVISOR_physdev_op, PHYSDEVOP_map_pirq, "XSA-16, XSA-237: a pirq mapped" },
		{ __HYPERVISOR_physdev_op, PHYSDEVOP_unmap_pirq, "XSA-21: one unmapped" },
		{ __HYPERVISOR_physdev_op, PHYSDEVOP_prepare_msix, "XSA-87: MSI-X prepared" },
		{ __HYPERVISOR_physdev_op, PHYSDEVOP_release_msix, "XSA-87: and released" },
		{ __HYPERVISOR_memory_op, XENMEM_acquire_resource, "XSA-334: a resource" },
		{ __HYPERVISOR_memory_op, XENMEM_get_vnumainfo, "XSA-502: virtual nodes" },
		{ __HYPERVISOR_xenoprof_op, 0, "XSA-313: a profiler" },
		{ __HYPERVISOR_xenoprof_op, 14, "XSA-151, XSA-152: its buffer" },
	};
	u64 room[16];

	for (u32 i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		u32 done = 0;

		for (u32 k = 0; k < 50; k++) {
			memset(room, k % 2 ? 0xff : 0, sizeof(room));
			done += hypercall(calls[i].call, calls[i].cmd, (u64)room, 1, 0, 0) >= 0;
		}
		ok_is(done, 0, "%s is refused", calls[i].what);
	}
}

static void orders(void)
{
	xen_pfn_t list = start_info->nr_pages + 300;

	for (u32 order = 10; order < 256; order += 7) {
		struct xen_memory_reservation r = one(&list, 0);

		r.extent_order = order;
		if (hc_memory_op(XENMEM_populate_physmap, &r) > 0)
			ok(false, "XSA-14: a block of order %u", order);
		if (order > 31 && hc_memory_op(XENMEM_decrease_reservation, &r) > 0)
			ok(false, "XSA-31: order %u given back", order);
	}
	ok(hc_xen_version(0, NULL) > 0, "XSA-14, XSA-31: orders that do not exist");
}

void test_main(void)
{
	exchange_elsewhere();
	exchange_bad_in_the_middle();
	nodes();
	others_marks();
	texts();
	times();
	vcpu_info_places();
	not_for_us();
	orders();
}
