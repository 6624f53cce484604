/* SPDX-License-Identifier: MIT */
/*
 * What a guest gives of itself: where it is entered, on which stack, with which flags and bases,
 * what it watches. Nothing of it leads into the hypervisor, to ring 0, or to a fault of ours.
 */
#include "world.h"

#include <pvabi/callback.h>

#include <string.h>

#define CODE  0x400000ul
#define FLAGS (EFLAGS_IF | EFLAGS_MBS)

static const u64 no_code[] = { HV_VIRT_START, IN_HYPERVISOR, HV_VIRT_END - 1, NON_CANONICAL,
			       0x1234567890abcdef };

/* --- iret ------------------------------------------------------------------------------------- */

static struct iret_context frame;

static void iret(u64 cs, u64 ss, u64 flags)
{
	frame = (struct iret_context){ .rip = CODE, .cs = cs, .rflags = flags, .ss = ss };
	host_regs.rsp = (u64)&frame;
	vcpu.kernel_mode = true;
	call(hc_iret, 0, 0);
}

START_TEST(iret_stays_in_ring_3)
{
	vcpu.roots.user_cr3 = 0x1000;
	for (u32 rpl = 0; rpl < 4; rpl++) {
		iret(0xe030 | rpl, 0xe028 | rpl, FLAGS);
		ck_assert_uint_eq(host_regs.cs & 3, 3);
		ck_assert_uint_eq(host_regs.ss & 3, 3);
		ck_assert_uint_eq(toggles, rpl == 3);
	}
}
END_TEST

START_TEST(iret_takes_no_privilege)
{
	iret(0xe030, 0xe028, ~0ul);
	ck_assert_uint_eq(host_regs.rflags & (EFLAGS_IOPL | EFLAGS_VM), 0);
	iret(0xe030, 0xe028, 0);
	ck_assert_uint_eq(host_regs.rflags & FLAGS, FLAGS); /* interrupts of ours are never off */
}
END_TEST

START_TEST(iret_needs_tables_and_a_frame)
{
	iret(0xe033, 0xe02b, FLAGS);
	ck_assert(crashes == 1 && toggles == 0 && vcpu.kernel_mode);

	host_regs.rsp = IN_HYPERVISOR;
	call(hc_iret, 0, 0);
	ck_assert_uint_eq(crashes, 2);
}
END_TEST

/* --- a start state ---------------------------------------------------------------------------- */

static struct vcpu_guest_context context;

static void context_up(void)
{
	world_up();
	memset(&context, 0, sizeof(context));
	context.flags = VGCF_in_kernel;
	context.kernel_sp = CODE;
	context.ctrlreg[3] = xen_pfn_to_cr3(5);
	context.user_regs.rflags = ~0ul;
	for (u32 i = 0; i < XEN_TRAP_VECTORS; i++)
		context.trap_ctxt[i].cs = 0xe030;
}

/* With @field of the context @bad it is refused, and nothing is taken. */
#define REFUSED(field, bad)                                                    \
	do {                                                                   \
		__typeof__(context.field) good = context.field;                \
                                                                               \
		context.field = (bad);                                         \
		ck_assert_int_eq(guest_set_context(&vcpu, &context), -EINVAL); \
		ck_assert(!vcpu.initialised && !vcpu.traps.gate[3].cs);        \
		context.field = good;                                          \
	} while (0)

START_TEST(context_addresses)
{
	for (u32 i = 0; i < ARRAY_SIZE(no_code); i++) {
		REFUSED(event_callback_eip, no_code[i]);
		REFUSED(failsafe_callback_eip, no_code[i]);
		REFUSED(syscall_callback_eip, no_code[i]);
		REFUSED(trap_ctxt[0].address, no_code[i]);
		REFUSED(trap_ctxt[255].address, no_code[i]);
	}
	REFUSED(kernel_sp, IN_HYPERVISOR);
	REFUSED(kernel_sp, HV_VIRT_END + 8); /* the frames pushed would reach ours */
	REFUSED(kernel_sp, NON_CANONICAL);
	REFUSED(kernel_sp, 8);
	REFUSED(fs_base, NON_CANONICAL);
	REFUSED(gs_base_kernel, NON_CANONICAL);
	REFUSED(gs_base_user, NON_CANONICAL);
	REFUSED(gdt_ents, 7169);
	REFUSED(ldt_ents, 8193);
	REFUSED(flags, 0); /* user mode, without tables for it */
	ck_assert_int_eq(guest_set_context(&vcpu, &context), 0);
	ck_assert(vcpu.initialised);
}
END_TEST

START_TEST(context_takes_no_privilege)
{
	ck_assert_int_eq(guest_set_context(&vcpu, &context), 0);
	ck_assert_uint_eq(vcpu.regs.rflags & (EFLAGS_IOPL | EFLAGS_VM | EFLAGS_NT), 0);
	ck_assert_uint_eq(vcpu.regs.rflags & FLAGS, FLAGS);
	ck_assert_uint_eq(vcpu.regs.cs & 3, 3);
	ck_assert_uint_eq(vcpu.regs.ss & 3, 3);
	ck_assert_uint_eq(vcpu.kernel_stack.ss & 3, 3);
	for (u32 i = 0; i < XEN_TRAP_VECTORS; i++)
		ck_assert_uint_eq(vcpu.traps.gate[i].cs & 3, 3);
}
END_TEST

START_TEST(context_watches_its_own)
{
	context.debugreg[0] = IN_HYPERVISOR;
	context.debugreg[1] = CODE;
	context.debugreg[7] = ~0ul;
	ck_assert_int_eq(guest_set_context(&vcpu, &context), 0);
	ck_assert_uint_eq(vcpu.debug.dr[0], 0);
	ck_assert_uint_eq(vcpu.debug.dr[1], CODE);
	ck_assert_uint_eq(vcpu.debug.dr[7] & 1u << 13, 0); /* general detect */
}
END_TEST

/* --- entries, one by one ---------------------------------------------------------------------- */

START_TEST(entries)
{
	struct trap_info list[2] = { { .vector = 3, .cs = 0xe030, .address = CODE } };

	ck_assert_int_eq(call(hc_set_trap_table, (u64)list, 0), 0);
	ck_assert_uint_eq(vcpu.traps.gate[3].cs, 0xe033);
	for (u32 i = 0; i < ARRAY_SIZE(no_code); i++) {
		list[0].address = no_code[i];
		ck_assert_int_eq(call(hc_set_trap_table, (u64)list, 0), -EINVAL);
		ck_assert_int_eq(call(hc_set_callbacks, no_code[i], 0), -EINVAL);
		ck_assert_int_eq(call(hc_set_callbacks, 0, no_code[i]), -EINVAL);
	}
	ck_assert_uint_eq(vcpu.traps.gate[3].address, CODE);
	ck_assert_int_eq(call(hc_set_trap_table, IN_HYPERVISOR, 0), -EFAULT);
}
END_TEST

START_TEST(trap_table_has_an_end)
{
	static struct trap_info list[1000];

	for (u32 i = 0; i < ARRAY_SIZE(list); i++)
		list[i] = (struct trap_info){ .vector = i, .address = CODE };
	ck_assert_int_eq(call(hc_set_trap_table, (u64)list, 0), -EINVAL);
}
END_TEST

START_TEST(stacks)
{
	ck_assert_int_eq(call(hc_stack_switch, 0xe028, CODE), 0);
	ck_assert_uint_eq(vcpu.kernel_stack.ss, 0xe02b);

	/* It grows down: the frames that are pushed below it must not be ours either. */
	ck_assert_int_eq(call(hc_stack_switch, 0xe028, HV_VIRT_START), -EINVAL);
	ck_assert_int_eq(call(hc_stack_switch, 0xe028, HV_VIRT_END), -EINVAL);
	ck_assert_int_eq(call(hc_stack_switch, 0xe028, HV_VIRT_END + PAGE_SIZE - 8), -EINVAL);
	ck_assert_int_eq(call(hc_stack_switch, 0xe028, 8), -EINVAL);
	ck_assert_int_eq(call(hc_stack_switch, 0xe028, NON_CANONICAL), -EINVAL);
	ck_assert_uint_eq(vcpu.kernel_stack.sp, CODE);
	ck_assert_int_eq(call(hc_stack_switch, 0xe028, HV_VIRT_END + PAGE_SIZE), 0);
}
END_TEST

/* --- registers -------------------------------------------------------------------------------- */

START_TEST(bases_are_canonical)
{
	for (u64 which = SEGBASE_FS; which <= SEGBASE_GS_KERNEL; which++)
		ck_assert_int_eq(call(hc_set_segment_base, which, NON_CANONICAL), -EINVAL);
	ck_assert(!guest_wrmsr(MSR_FS_BASE, NON_CANONICAL));
	ck_assert(!guest_wrmsr(MSR_GS_BASE, NON_CANONICAL));
	ck_assert(!guest_wrmsr(MSR_SHADOW_GS_BASE, NON_CANONICAL));
	ck_assert_uint_eq(msr_writes, 0);
	ck_assert(guest_wrmsr(MSR_FS_BASE, CODE));
	ck_assert_uint_eq(msr_writes, 1);

	/* The processor has the last word. */
	msr_refused = true;
	ck_assert(!guest_wrmsr(MSR_GS_BASE, CODE));
	ck_assert_int_eq(call(hc_set_segment_base, SEGBASE_FS, CODE), -EINVAL);
}
END_TEST

START_TEST(msrs_are_ours)
{
	u64 val;

	ck_assert(!guest_wrmsr(MSR_LSTAR, CODE) && !guest_wrmsr(MSR_STAR, CODE));
	ck_assert(!guest_wrmsr(MSR_APIC_BASE, 0) && !guest_wrmsr(MSR_SYSENTER_CS, 0));
	ck_assert(guest_wrmsr(MSR_EFER, 0)); /* dropped, as the ABI has it */
	ck_assert_uint_eq(msr_writes, 0);

	ck_assert(!guest_rdmsr(&vcpu, MSR_LSTAR, &val) && !guest_rdmsr(&vcpu, MSR_APIC_BASE, &val));
	dom.privileged = true;
	ck_assert(guest_rdmsr(&vcpu, MSR_APIC_BASE, &val));
}
END_TEST

#define IBPB 1ul

/* Without what CPUID shows them by they are not there. */
START_TEST(no_defence_is_shown)
{
	u64 val;

	ck_assert(!guest_rdmsr(&vcpu, MSR_SPEC_CTRL, &val) && !guest_wrmsr(MSR_SPEC_CTRL, 0));
	ck_assert(!guest_rdmsr(&vcpu, MSR_ARCH_CAPABILITIES, &val));
	ck_assert(!guest_wrmsr(MSR_ARCH_CAPABILITIES, 0));
	ck_assert(!guest_wrmsr(MSR_PRED_CMD, IBPB) && !guest_wrmsr(MSR_PRED_CMD, 0));
	ck_assert_uint_eq(barriers, 0);
}
END_TEST

/* Its own bits are kept with the vcpu and loaded; others, IBRS too, are refused as a whole. */
START_TEST(a_guest_s_own_defence)
{
	u64 val = ~0ul;

	spec_guest = (struct spec_guest){ .ext8_b = SPEC_EXT8B_IBPB, .arch_caps = 0x21, .ctrl = 6 };
	ck_assert(guest_rdmsr(&vcpu, MSR_SPEC_CTRL, &val));
	ck_assert_uint_eq(val, 0);

	ck_assert(guest_wrmsr(MSR_SPEC_CTRL, 6));
	ck_assert(!guest_wrmsr(MSR_SPEC_CTRL, 7) && !guest_wrmsr(MSR_SPEC_CTRL, 1ul << 10));
	ck_assert(guest_rdmsr(&vcpu, MSR_SPEC_CTRL, &val));
	ck_assert_uint_eq(val, 6);
	ck_assert_uint_eq(spec_bits, 6);

	ck_assert(guest_wrmsr(MSR_PRED_CMD, 0) && !guest_wrmsr(MSR_PRED_CMD, 3));
	ck_assert_uint_eq(barriers, 0);
	ck_assert(!vcpu.control.barriers);
	ck_assert(guest_wrmsr(MSR_PRED_CMD, IBPB) && !guest_rdmsr(&vcpu, MSR_PRED_CMD, &val));
	ck_assert_uint_eq(barriers, 1);
	ck_assert(vcpu.control.barriers && spec_guests_defend); /* it gets one where it moves to */

	ck_assert(guest_rdmsr(&vcpu, MSR_ARCH_CAPABILITIES, &val));
	ck_assert_uint_eq(val, 0x21);
	ck_assert(!guest_wrmsr(MSR_ARCH_CAPABILITIES, 0x21));
	ck_assert_uint_eq(msr_writes, 0);
}
END_TEST

START_TEST(watches)
{
	for (u64 reg = 0; reg < 4; reg++) {
		ck_assert_int_eq(call(hc_set_debugreg, reg, CODE), 0);
		ck_assert_int_eq(call(hc_set_debugreg, reg, IN_HYPERVISOR), -EPERM);
		ck_assert_int_eq(call(hc_set_debugreg, reg, HV_VIRT_START - 7), -EPERM);
		ck_assert_uint_eq(vcpu.debug.dr[reg], CODE);
	}
	ck_assert_int_eq(call(hc_set_debugreg, 7, ~0ul), 0);
	ck_assert_uint_eq(vcpu.debug.dr[7] & 1u << 13, 0);
	ck_assert_int_eq(call(hc_set_debugreg, 4, 0), -EINVAL);
	ck_assert_int_eq(call(hc_set_debugreg, 8, 0), -EINVAL);
	ck_assert_int_eq(call(hc_get_debugreg, 8, 0), -EINVAL);
	ck_assert_int_eq(call(hc_get_debugreg, ~0ul, 0), -EINVAL);
}
END_TEST

Suite *suite_checks(void)
{
	Suite *s = suite_create("checks");
	TCase *t = tcase_create("registers and entries");
	TCase *c = tcase_create("a start state");

	tcase_add_checked_fixture(t, world_up, NULL);
	tcase_add_test(t, iret_stays_in_ring_3);
	tcase_add_test(t, iret_takes_no_privilege);
	tcase_add_test(t, iret_needs_tables_and_a_frame);
	tcase_add_test(t, entries);
	tcase_add_test(t, trap_table_has_an_end);
	tcase_add_test(t, stacks);
	tcase_add_test(t, bases_are_canonical);
	tcase_add_test(t, msrs_are_ours);
	tcase_add_test(t, no_defence_is_shown);
	tcase_add_test(t, a_guest_s_own_defence);
	tcase_add_test(t, watches);
	suite_add_tcase(s, t);

	tcase_add_checked_fixture(c, context_up, NULL);
	tcase_add_test(c, context_addresses);
	tcase_add_test(c, context_takes_no_privilege);
	tcase_add_test(c, context_watches_its_own);
	suite_add_tcase(s, c);
	return s;
}
