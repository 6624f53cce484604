/* SPDX-License-Identifier: MIT */
/* What a domain is saved by: types of frames, extended state, MSRs; and what is refused of them. */
#include "suites.h"

#include <frame/alloc.h>
#include <x86/features.h>
#include <x86/spec.h>

#include <string.h>

#define OP     ((struct xen_domctl *)arena)
#define BUFFER (arena + 4096)
#define WORDS  ((u64 *)BUFFER)

#define MXCSR_AT (16 + 24)
#define BV_AT    (16 + 512)

static long domctl(u32 cmd)
{
	OP->cmd = cmd;
	OP->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	OP->domain = guest->id;
	return call(__HYPERVISOR_domctl, (u64)arena, 0, 0);
}

/* --- types of frames */

static long types(u64 num)
{
	OP->u.getpageframeinfo3.num = num;
	OP->u.getpageframeinfo3.array.p = WORDS;
	return domctl(XEN_DOMCTL_getpageframeinfo3);
}

/* A frame of @d as it is while a table maps or pins it. */
static u64 frame_as(struct frame *f, enum ftype t, bool pinned)
{
	fstate_t state;
	bool fresh;

	ck_assert_int_eq(frame_get_type(f, t, &fresh), 0);
	if (fresh && t != FT_WRITABLE) {
		ck_assert_int_eq(state_validated(f->state, &state), TV_OK);
		f->state = state;
	}
	if (pinned) {
		ck_assert_int_eq(state_pin(f->state, &state), TV_OK);
		f->state = state;
	}

	return frame_mfn(f).n;
}

START_TEST(frames_have_types)
{
	struct frame *plain = world_frame(guest), *table = world_frame(guest);
	struct frame *pinned = world_frame(guest), *was = world_frame(guest);
	fstate_t before[] = { plain->state, table->state, pinned->state, was->state };
	struct frame *all[] = { plain, table, pinned, was };

	WORDS[0] = frame_as(plain, FT_WRITABLE, false);
	WORDS[1] = frame_as(table, FT_L1, false);
	WORDS[2] = frame_as(pinned, FT_L4, true);
	was->state += FT_L2 * FS_TYPE_ONE; /* it was one, and no type reference is left */
	WORDS[3] = frame_mfn(was).n;
	WORDS[4] = frame_mfn(world_frame(dom0)).n;
	WORDS[5] = virt_to_mfn(guest->shared).n;
	WORDS[6] = FRAMES + 5;
	WORDS[7] = ~0ul;

	ck_assert_int_eq(types(8), 0);
	ck_assert_uint_eq(WORDS[0], XEN_DOMCTL_PFINFO_NOTAB);
	ck_assert_uint_eq(WORDS[1], XEN_DOMCTL_PFINFO_L1TAB);
	ck_assert_uint_eq(WORDS[2], XEN_DOMCTL_PFINFO_L4TAB | XEN_DOMCTL_PFINFO_LPINTAB);
	ck_assert_uint_eq(WORDS[3], XEN_DOMCTL_PFINFO_NOTAB);
	for (u32 i = 4; i < 8; i++)
		ck_assert_uint_eq(WORDS[i], XEN_DOMCTL_PFINFO_XTAB);

	for (u32 i = 0; i < ARRAY_SIZE(all); i++)
		all[i]->state = before[i];
}
END_TEST

START_TEST(types_are_bounded)
{
	memset(BUFFER, 0xff, 1025 * sizeof(u64));
	ck_assert_int_eq(types(1025), -E2BIG);
	ck_assert_int_eq(types(~0ul), -E2BIG);
	ck_assert_uint_eq(WORDS[0], ~0ul);

	ck_assert_int_eq(types(1024), 0);
	ck_assert_uint_eq(WORDS[1023], XEN_DOMCTL_PFINFO_XTAB);
	ck_assert_uint_eq(WORDS[1024], ~0ul);

	OP->u.getpageframeinfo3.num = 1;
	OP->u.getpageframeinfo3.array.p = (void *)16;
	ck_assert_int_eq(domctl(XEN_DOMCTL_getpageframeinfo3), -EFAULT);
}
END_TEST

/* --- extended state */

static struct xen_domctl_vcpuextstate *state_arg(u64 size)
{
	memset(OP, 0, sizeof(*OP));
	OP->u.vcpuextstate.size = size;
	OP->u.vcpuextstate.buffer.p = WORDS;
	return &OP->u.vcpuextstate;
}

START_TEST(extended_state_goes_and_comes)
{
	u64 size = 16 + features.fpu_size;
	u8 *fpu = guest->vcpu[0]->fpu;

	memset(OP, 0, sizeof(*OP));
	ck_assert_int_eq(domctl(XEN_DOMCTL_getvcpuextstate), 0);
	ck_assert_uint_eq(OP->u.vcpuextstate.size, size);

	guest->vcpu[0]->control.xcr0 = 7;
	memset(fpu, 0, features.fpu_size);
	fpu[600] = 0x5a;
	state_arg(size);
	ck_assert_int_eq(domctl(XEN_DOMCTL_getvcpuextstate), 0);
	ck_assert_uint_eq(WORDS[0], 7);
	ck_assert_uint_eq(WORDS[1], 7);
	ck_assert_uint_eq(BUFFER[16 + 600], 0x5a);

	state_arg(size - 1);
	ck_assert_int_eq(domctl(XEN_DOMCTL_getvcpuextstate), -EINVAL);

	WORDS[0] = 3;
	*(u32 *)(BUFFER + MXCSR_AT) = ~0u;
	BUFFER[16 + 600] = 0x77;
	state_arg(size);
	ck_assert_int_eq(domctl(XEN_DOMCTL_setvcpuextstate), 0);
	ck_assert_uint_eq(guest->vcpu[0]->control.xcr0, 3);
	ck_assert_uint_eq(fpu[600], 0x77);
	ck_assert_uint_eq(*(u32 *)(fpu + 24), 0xffff);

	/* What it has less than the area has room for is as at first. */
	state_arg(16 + 576);
	ck_assert_int_eq(domctl(XEN_DOMCTL_setvcpuextstate), 0);
	ck_assert_uint_eq(fpu[600], 0);
}
END_TEST

START_TEST(extended_state_is_checked)
{
	u64 size = 16 + features.fpu_size;
	static const struct {
		u32 at;
		u64 value;
	} bad[] = {
		{ 0, 0 }, /* without the x87 */
		{ 0, 1ul << 63 | 7 },
		{ BV_AT, 1ul << 9 },
		{ BV_AT + 8, 1ul << 63 }, /* the compacted format */
		{ BV_AT + 56, 1 },
	};

	guest->vcpu[0]->control.xcr0 = 1;
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		memset(BUFFER, 0, size);
		WORDS[0] = 7;
		*(u64 *)(BUFFER + bad[i].at) = bad[i].value;
		state_arg(size);
		ck_assert_int_eq(domctl(XEN_DOMCTL_setvcpuextstate), -EINVAL);
		ck_assert_uint_eq(guest->vcpu[0]->control.xcr0, 1);
	}

	state_arg(size + 1);
	ck_assert_int_eq(domctl(XEN_DOMCTL_setvcpuextstate), -EINVAL);
	state_arg(0);
	ck_assert_int_eq(domctl(XEN_DOMCTL_setvcpuextstate), -EINVAL);
	state_arg(16);
	ck_assert_int_eq(domctl(XEN_DOMCTL_setvcpuextstate), -EINVAL);
	state_arg(size)->buffer.p = (void *)16;
	ck_assert_int_eq(domctl(XEN_DOMCTL_setvcpuextstate), -EFAULT);
	state_arg(size)->vcpu = 4;
	ck_assert_int_eq(domctl(XEN_DOMCTL_setvcpuextstate), -ESRCH);
}
END_TEST

/* --- MSRs, and the rest */

static struct xen_domctl_vcpu_msr *msrs_arg(u32 count)
{
	memset(OP, 0, sizeof(*OP));
	OP->u.vcpu_msrs.msr_count = count;
	OP->u.vcpu_msrs.msrs.p = (void *)BUFFER;
	return (void *)BUFFER;
}

START_TEST(msrs_go_and_come)
{
	struct vcpu *v = guest->vcpu[0];
	struct xen_domctl_vcpu_msr *msr;

	spec_guest.ctrl = 5;
	memset(OP, 0, sizeof(*OP));
	ck_assert_int_eq(domctl(XEN_DOMCTL_get_vcpu_msrs), 0);
	ck_assert_uint_eq(OP->u.vcpu_msrs.msr_count, 1);

	msrs_arg(1);
	ck_assert_int_eq(domctl(XEN_DOMCTL_get_vcpu_msrs), 0);
	ck_assert_uint_eq(OP->u.vcpu_msrs.msr_count, 0);

	v->control.spec_ctrl = 4;
	msr = msrs_arg(1);
	ck_assert_int_eq(domctl(XEN_DOMCTL_get_vcpu_msrs), 0);
	ck_assert_uint_eq(OP->u.vcpu_msrs.msr_count, 1);
	ck_assert_uint_eq(msr->index, 0x48);
	ck_assert_uint_eq(msr->value, 4);
	msrs_arg(0);
	ck_assert_int_eq(domctl(XEN_DOMCTL_get_vcpu_msrs), -105); /* ENOBUFS */

	v->control.spec_ctrl = 0;
	*msrs_arg(1) = (struct xen_domctl_vcpu_msr){ .index = 0x48, .value = 1 };
	ck_assert_int_eq(domctl(XEN_DOMCTL_set_vcpu_msrs), 0);
	ck_assert_uint_eq(v->control.spec_ctrl, 1);

	msrs_arg(1)->value = 2;
	ck_assert_int_eq(domctl(XEN_DOMCTL_set_vcpu_msrs), -EINVAL);
	msrs_arg(2)->value = 1;
	ck_assert_int_eq(domctl(XEN_DOMCTL_set_vcpu_msrs), -EINVAL);
	msrs_arg(1)->index = 0x49;
	ck_assert_int_eq(domctl(XEN_DOMCTL_set_vcpu_msrs), -EINVAL);
	ck_assert_uint_eq(v->control.spec_ctrl, 1);
	msrs_arg(0);
	ck_assert_int_eq(domctl(XEN_DOMCTL_set_vcpu_msrs), 0);
	spec_guest.ctrl = 0;
}
END_TEST

START_TEST(the_rest_goes_and_comes)
{
	memset(OP, 0, sizeof(*OP));
	ck_assert_int_eq(domctl(XEN_DOMCTL_get_ext_vcpucontext), 0);
	ck_assert_uint_eq(OP->u.ext_vcpucontext.size, sizeof(OP->u.ext_vcpucontext));
	ck_assert_int_eq(domctl(XEN_DOMCTL_set_ext_vcpucontext), 0);
	OP->u.ext_vcpucontext.sysenter_callback_eip = 1;
	ck_assert_int_eq(domctl(XEN_DOMCTL_set_ext_vcpucontext), -EOPNOTSUPP);

	ck_assert_int_eq(domctl(XEN_DOMCTL_gettscinfo), 0);
	ck_assert_uint_eq(OP->u.tsc_info.tsc_mode, 0);
	ck_assert_uint_eq(OP->u.tsc_info.gtsc_khz, time_tsc_khz());
	ck_assert_int_eq(domctl(XEN_DOMCTL_settscinfo), 0);
}
END_TEST

Suite *suite_save(void)
{
	Suite *s = suite_create("save");
	TCase *t = tcase_create("save");

	tcase_add_checked_fixture(t, world_up, world_down);
	tcase_add_test(t, frames_have_types);
	tcase_add_test(t, types_are_bounded);
	tcase_add_test(t, extended_state_goes_and_comes);
	tcase_add_test(t, extended_state_is_checked);
	tcase_add_test(t, msrs_go_and_come);
	tcase_add_test(t, the_rest_goes_and_comes);
	suite_add_tcase(s, t);
	return s;
}
