/* SPDX-License-Identifier: MIT */
/*
 * Where a guest's kernel is entered is checked when it is set, so that no entry leads into the
 * hypervisor or to an address that is none; what is refused does not count.
 */
#include <pvabi/callback.h>
#include <pvabi/nmi.h>
#include <tests/guest/test.h>

static const u64 bad[] = { HV_FIRST, HV_INSIDE, HV_LAST_PAGE, NON_CANONICAL, 0x1234567890abcdef };

static void trap_table(void)
{
	for (u32 i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct trap_info t[2] = {
			{ .vector = 3, .flags = 3, .cs = FLAT_KERNEL_CS, .address = bad[i] }
		};

		ok_refused(hc_set_trap_table(t), "a handler at %lx", bad[i]);
	}
}

static void callbacks(void)
{
	static const u8 types[] = { CALLBACKTYPE_event, CALLBACKTYPE_failsafe, CALLBACKTYPE_syscall,
				    CALLBACKTYPE_nmi };
	struct callback_register reg = { 0 };
	struct xennmi_callback nmi = { 0 };

	for (u32 i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		for (u32 t = 0; t < sizeof(types); t++) {
			reg.type = types[t];
			reg.address = bad[i];
			ok_refused(CALL(callback_op, CALLBACKOP_register, &reg),
				   "callback %u at %lx", types[t], bad[i]);
		}
		nmi.handler_address = bad[i];
		ok_refused(CALL(nmi_op, XENNMI_register_callback, &nmi), "an NMI handler there");
		ok_refused(hc_set_callbacks((void *)bad[i], 0, 0), "set_callbacks there");
	}
	reg.type = 77;
	ok(CALL(callback_op, CALLBACKOP_register, &reg) < 0, "a callback of no type");
	reg.type = CALLBACKTYPE_event;
	ok_refused(CALL(callback_op, CALLBACKOP_unregister, &reg),
		   "the event callback is not taken away");
	ok(CALL(callback_op, 9, &reg) < 0, "callback_op 9");
}

static void bases(void)
{
	for (int which = SEGBASE_FS; which <= SEGBASE_GS_KERNEL; which++) {
		ok_refused(hc_set_segment_base(which, NON_CANONICAL),
			   "segment base %d not canonical", which);
		ok_is(hc_set_segment_base(which, HV_INSIDE), 0,
		      "in the hypervisor it is of no use");
		ok_is(hc_set_segment_base(which, 0), 0, "back");
	}
	ok(hc_set_segment_base(9, 0) < 0, "segment base 9");
	ok(hc_set_segment_base(SEGBASE_GS_USER_SEL, 0xdead) < 0, "a wrong selector for gs");
}

static void breakpoint(void *unused)
{
	(void)unused;
	__asm__ volatile("int3");
}

void test_main(void)
{
	trap_table();
	ok_is(trap_try(breakpoint, NULL), 3, "the old handler is in force");
	callbacks();
	bases();
}
