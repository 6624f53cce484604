/* SPDX-License-Identifier: MIT */
/*
 * Calls with arguments made of what tends to hurt, from a guest and from dom0, with interruptions.
 * Nothing may be touched that is not theirs (the sanitizers see to it), no lock kept, no frame lost
 * (world_down counts).
 */
#include "suites.h"

#include <pvabi/platform.h>
#include <pvabi/sysctl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 60000u

static u64 state;

static u64 rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static u64 nasty(void)
{
	static const u64 values[] = {
		0,          1,          2,          3,         7,         8,         15,
		31,         63,         64,         65,        127,       128,       255,
		1023,       1024,       4095,       4096,      0x7ff0,    0x7ff4,    0xffff,
		0x7fffffff, 0x80000000, 0xffffffff, 1ul << 40, 1ul << 52, ~0ul >> 1, 1ul << 63,
		~0ul - 7,   ~0ul,       0xfee00,
	};

	switch (rnd() % 5) {
	case 0:
		return (u64)arena + rnd() % ARENA_SIZE;
	case 1:
		return (u64)arena + 8 * (rnd() % (ARENA_SIZE / 8));
	case 2:
		return FIRST_FRAME + rnd() % (FRAMES / 2); /* frames, some of them anybody's */
	case 3:
		return rnd() % 8;
	default:
		return values[rnd() % ARRAY_SIZE(values)];
	}
}

static void arena_fill(void)
{
	u64 *w = (u64 *)(arena + 8 * (rnd() % 512));

	for (u32 i = rnd() % 40; i--; w++)
		*w = rnd() % 3 ? nasty() : nasty() << 32 | (u32)nasty();
}

/* The head that each control call needs to be looked at. */
static void control_head(u32 nr)
{
	u32 *w = (u32 *)arena;
	static const u16 domctls[] = { 1,  2,  3,  4,  5,  9,  10, 11, 12, 13, 14, 15, 16,
				       17, 18, 19, 20, 21, 22, 24, 25, 27, 28, 35, 36, 42,
				       43, 59, 60, 61, 62, 63, 68, 69, 72, 73, 82, 83, 99 };

	if (nr == __HYPERVISOR_domctl) {
		w[0] = domctls[rnd() % ARRAY_SIZE(domctls)];
		w[1] = XEN_DOMCTL_INTERFACE_VERSION;
		w[2] = rnd() % 3 ? 1 + rnd() % 4 : (u32)nasty();
	} else if (nr == __HYPERVISOR_sysctl) {
		w[0] = rnd() % 32;
		w[1] = XEN_SYSCTL_INTERFACE_VERSION;
	} else if (nr == __HYPERVISOR_platform_op) {
		w[0] = 16 + rnd() % 50;
		w[1] = XENPF_INTERFACE_VERSION;
	}
}

static bool is_control(u32 nr)
{
	return nr == __HYPERVISOR_domctl || nr == __HYPERVISOR_sysctl ||
	       nr == __HYPERVISOR_platform_op;
}

/* dom0, or another that still lives. */
static void somebody_calls(void)
{
	struct domain *d;

	world_as(dom0);
	if (rnd() % 2)
		return;

	d = domain_next(1);
	if (!d)
		return;

	if (!d->dying)
		world_as(d);
	domain_put(d);
}

/* The first argument: a pointer for those with a head, mostly a command for others. */
static u64 first_argument(u32 nr)
{
	if (is_control(nr))
		return (u64)arena;

	if (rnd() % 5)
		return rnd() % 32;

	return nasty();
}

static u64 second_argument(void)
{
	if (rnd() % 2)
		return (u64)arena;

	return nasty();
}

static void one_call(void)
{
	static const u8 numbers[] = { 12, 29, 6, 24, 33, 36, 35, 7, 21, 15, 48, 32, 16 };
	u32 nr = numbers[rnd() % sizeof(numbers)];

	somebody_calls();
	arena_fill();
	control_head(nr);
	fake_preempt_after = rnd() % 4;
	world_table_restarts = rnd() % 3;

	/* The machine was switched off, and is on again. */
	if (setjmp(world_off))
		return;

	call(nr, first_argument(nr), second_argument(), nasty());
}

static void fuzz(u64 seed)
{
	struct xen_domctl_getdomaininfo info;
	struct domain *d;

	state = seed;
	for (u32 i = 0; i < ROUNDS; i++) {
		one_call();
		world_run_reaper();
		dom0->max_pages = 1500;
		dom0->vcpu[0]->blocked = false;

		for (d = domain_next(0); d; d = domain_next_put(d)) {
			domain_info(d, &info);
			ck_assert_uint_eq(info.tot_pages, d->frames.count);
		}
	}
}

START_TEST(fuzz_seeds)
{
	const char *seed = getenv("SEED");

	fuzz(seed ? strtoul(seed, NULL, 0) : 0x9e3779b97f4a7c15ul * (_i + 1));
}
END_TEST

Suite *suite_fuzz(void)
{
	Suite *s = suite_create("fuzz");
	TCase *t = tcase_create("fuzz");

	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, world_up, world_down);
	tcase_add_loop_test(t, fuzz_seeds, 0, 4);
	suite_add_tcase(s, t);
	return s;
}
