/* SPDX-License-Identifier: MIT */
/*
 * A guest's user part makes a system call, and the frame can not be pushed at first: a stale
 * translation costs a second try, and only a stack that is really not writable ends the domain.
 */
#include <event/event.h>
#include <guest/guest.h>
#include <pvabi/callback.h>
#include <x86/tables.h>

#include <check.h>
#include <string.h>
#include <tests/host/suites_run.h>

#define ENTRY 0x401000ul
#define RIP   0x7000ul
#define RSP   0x8000ul
#define WORDS 7

static struct domain dom;
static struct vcpu vcpu;
static struct vcpu_info info;
struct cpu_user_regs host_regs;
static u64 stack[64] __aligned(16);
static u32 faults, crashes, toggles; /* faults: so many copies fail still */

size_t copy_user(void *dst, const void *src, size_t n)
{
	if (faults) {
		faults--;
		return n;
	}

	memcpy(dst, src, n);
	return 0;
}

void domain_crash(struct domain *d, const char *fmt, ...)
{
	crashes++;
}

void vcpu_toggle_mode(struct vcpu *v)
{
	v->kernel_mode = !v->kernel_mode;
	toggles++;
}

static void up(void)
{
	memset(&dom, 0, sizeof(dom));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&info, 0, sizeof(info));
	memset(stack, 0, sizeof(stack));
	faults = crashes = toggles = 0;

	vcpu.dom = &dom;
	vcpu.info = &info;
	vcpu.callbacks.syscall = ENTRY;
	vcpu.kernel_stack.sp = (u64)(stack + ARRAY_SIZE(stack));
	fake_current = &vcpu;

	/* As SYSCALL leaves them: the return address in rcx, the flags in r11. */
	host_regs = (struct cpu_user_regs){ .rip = RIP,
					    .rcx = RIP,
					    .cs = SEL_GUEST_CS,
					    .rflags = 0x202,
					    .r11 = 0x202,
					    .rsp = RSP,
					    .ss = SEL_GUEST_SS };
}

static void frame_is_right(void)
{
	const u64 *w = stack + ARRAY_SIZE(stack) - WORDS;
	const u64 want[WORDS] = { RIP, 0x202, RIP, SEL_GUEST_CS, 0x202, RSP, SEL_GUEST_SS };

	/* Aligned to 16: seven words below. */
	ck_assert_uint_eq(host_regs.rsp, (u64)w);
	for (u32 i = 0; i < WORDS; i++)
		ck_assert_msg(w[i] == want[i], "word %u is %#lx", i, w[i]);
	ck_assert_uint_eq(host_regs.rip, ENTRY);
	ck_assert(vcpu.kernel_mode && toggles == 1 && !crashes);
}

START_TEST(a_system_call)
{
	bounce_syscall(&vcpu);
	frame_is_right();
	ck_assert(!info.evtchn_upcall_mask);
}
END_TEST

START_TEST(a_stale_translation)
{
	faults = 1;
	bounce_syscall(&vcpu);
	frame_is_right();
}
END_TEST

START_TEST(a_stack_that_is_none)
{
	faults = 2;
	bounce_syscall(&vcpu);
	ck_assert_uint_eq(crashes, 1);
}
END_TEST

START_TEST(events_are_masked_if_it_wants_so)
{
	vcpu.callbacks.mask_events = 1u << CALLBACKTYPE_syscall;
	bounce_syscall(&vcpu);
	frame_is_right();
	ck_assert(info.evtchn_upcall_mask);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("bounce");
	TCase *t = tcase_create("bounce");

	tcase_add_checked_fixture(t, up, NULL);
	tcase_add_test(t, a_system_call);
	tcase_add_test(t, a_stale_translation);
	tcase_add_test(t, a_stack_that_is_none);
	tcase_add_test(t, events_are_masked_if_it_wants_so);
	suite_add_tcase(s, t);

	return suites_run(s);
}
