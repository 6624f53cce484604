/* SPDX-License-Identifier: MIT */
/*
 * vcpu_op on vcpus that are not there, and vcpu_info moved to where it must not be: over a page's
 * end, onto a page table or a foreign frame, where the hypervisor would then write for ever.
 */
#include <pvabi/vcpu.h>
#include <tests/guest/test.h>

/* All that there are, and two more. */
#define OPERATIONS (VCPUOP_register_vcpu_time_memory_area + 3)

static void bad_vcpus(void)
{
	static const u32 ids[] = { 1, 2, 31, 32, 63, 64, 8191, 0x7fffffff, ~0u };
	static u8 room[8192];
	u32 wrong = 0;

	for (u32 i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		for (int op = 0; op < OPERATIONS; op++)
			wrong += hc_vcpu_op(op, ids[i], room) >= 0;
	ok_is(wrong, 0, "no operation on vcpus that are not there");
	ok_is(hc_vcpu_op(VCPUOP_is_up, 1, NULL), -XEN_ENOENT, "is_up says so");
	ok_is(hc_vcpu_op(VCPUOP_is_up, 0, NULL), 1, "vcpu 0 is up");
	ok_refused(hc_vcpu_op(VCPUOP_initialise, 0, room), "it is initialised once");
	ok(hc_vcpu_op(99, 0, room) < 0, "operation 99");
	ok_refused(hc_vcpu_op(VCPUOP_set_periodic_timer, 0, room), "a period of 0");
}

static void info_moved(u64 mfn, u32 offset, const char *what)
{
	struct vcpu_register_vcpu_info r = { .mfn = mfn, .offset = offset };

	ok_refused(hc_vcpu_op(VCPUOP_register_vcpu_info, 0, &r), "vcpu_info %s", what);
}

static void info_in_place(void *page)
{
	struct vcpu_register_vcpu_info r = { .mfn = va_to_mfn(page),
					     .offset = 4096 - sizeof(struct vcpu_info) };
	long rc;

	events_mask();
	rc = hc_vcpu_op(VCPUOP_register_vcpu_info, 0, &r);
	if (!rc)
		vcpu_infos[0] = page + r.offset;
	events_unmask();
	ok_is(rc, 0, "vcpu_info at a page's end");
	ok(vcpu_info()->time.system_time != 0, "it is kept there");
	info_moved(va_to_mfn(page), 0, "moved again");
	page_readonly(page, va_to_mfn(page));
	ok_refused(page_op(MMUEXT_PIN_L1_TABLE, va_to_mfn(page)),
		   "its page does not become a page table");
	ok_is(page_writable(page, va_to_mfn(page)), 0, "but is written as before");
}

void test_main(void)
{
	void *page = page_alloc();

	bad_vcpus();
	info_moved(va_to_mfn(page), 4096 - 56, "over the end of its page");
	info_moved(va_to_mfn(page), ~0u - 7, "at an offset that wraps");
	info_moved(va_to_mfn(page), 4, "that is not aligned");
	info_moved(va_to_mfn((void *)start_info->pt_base), 0, "on the root of the page tables");
	info_moved(va_to_mfn(page_entry((u64)page, 1)), 0, "on an L1 table");
	info_moved(0, 0, "in frame 0");
	info_moved(0xfee00, 0, "on the local APIC");
	info_moved(~0ul, 0, "in no frame");
	info_in_place(page);
}
