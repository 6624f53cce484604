/* SPDX-License-Identifier: MIT */
/* Who is asked to flush, who is waited for, and what is gone then, on the CPUs of machine.h. */
#include "machine.h"

#include <x86/cpu.h>
#include <x86/features.h>
#include <x86/hooks.h>
#include <x86/paging.h>
#include <x86/spec.h>

#include <check.h>
#include <string.h>
#include <tests/host/suites_run.h>

/* This CPU goes over to tables of @d, or to ours: it drops all that it held. */
static void goes_to(u32 cpu, struct domain *d)
{
	u64 begun;

	idle[cpu] = !d;
	on(cpu);
	begun = tlb_switch_begin(d ? &windows : NULL);
	memset(tlbs[cpu].page, 0, sizeof(tlbs[cpu].page));
	tlb_switch_end(d, begun);
	on(0);
}

static void nobody_flushed(void)
{
	for (u32 c = 0; c < CPUS; c++)
		ck_assert_uint_eq(tlbs[c].flushes, 0);
}

/* Who flushed after the frame's last use is not asked; who did at the time of it, may not have. */
START_TEST(asks_by_the_stamp)
{
	struct frame f = { .owner = ONE, .stamp = 60 };

	cpu_public[0].flush_stamp = 61;
	cpu_public[1].flush_stamp = 60;
	cpu_public[2].flush_stamp = 61;
	tlb_forget(&f);
	ck_assert(tlbs[1].answers && !holds_page(1));
	ck_assert(!tlbs[0].flushes && !tlbs[2].flushes && !tlbs[3].flushes);

	/* It has flushed now. */
	fill();
	tlb_forget(&f);
	for (u32 c = 0; c < CPUS; c++)
		ck_assert_uint_eq(tlbs[c].flushes, 0);

	/* The one that asks may be one of those. */
	cpu_public[0].flush_stamp = 59;
	cpu_public[2].flush_stamp = 10;
	tlb_forget(&f);
	ck_assert(!holds_page(0) && !holds_page(2));
	ck_assert_uint_eq(tlbs[1].flushes, 0);
}
END_TEST

/* A flush that begins after a use has ended is later than its stamp. */
START_TEST(a_use_and_a_flush)
{
	struct frame f = { .owner = ONE };

	for (u32 i = 0; i < 3; i++) {
		fill();
		frame_stamp(&f);
		tlb_forget(&f);
		for (u32 c = 0; c < CPUS - 1; c++)
			ck_assert(!holds_page(c));

		fill();
		tlb_forget(&f);
		for (u32 c = 0; c < CPUS; c++)
			ck_assert_uint_eq(tlbs[c].flushes, 0);
	}
}
END_TEST

/* A CPU on our own page tables holds nothing of a guest's. */
START_TEST(idle_cpus_sleep_on)
{
	struct frame f = { .owner = ONE, .stamp = 100 };

	goes_to(1, NULL);
	fill();
	tlb_forget(&f);
	ck_assert(!tlbs[1].flushes && !holds_page(0) && !holds_page(2));

	/* It comes back to a guest, which loads CR3. */
	goes_to(1, ONE);
	fill();
	tlb_forget(&f);
	ck_assert_uint_eq(tlbs[1].flushes, 0);

	frame_stamp(&f);
	tlb_forget(&f);
	ck_assert(!holds_page(1));
}
END_TEST

/*
 * A domain takes frames out of use and into another as often as it likes: who runs another domain
 * has nothing to do with it, however long ago it flushed.
 */
START_TEST(other_domains_run_on)
{
	struct frame f = { .owner = ONE };

	cpu_public[1].tables = OTHER;
	for (u32 i = 0; i < 1000; i++) {
		frame_stamp(&f);
		tlb_forget(&f);

		frame_stamp(&f);
		f.stale_cpus = tlb_holders(&f);
		tlb_forget_block(&f);
		f.owner = ONE;
	}
	ck_assert_uint_eq(tlbs[1].flushes, 0);
	ck_assert_uint_eq(tlbs[0].flushes, 2000);
	ck_assert_uint_eq(tlbs[2].flushes, 2000);
	ck_assert_uint_eq(tlb_cpus_of(ONE), 1 << 0 | 1 << 2);

	/* Its own comes to that CPU: it holds translations of it from now on. */
	goes_to(1, ONE);
	fill();
	frame_stamp(&f);
	tlb_forget(&f);
	ck_assert(!holds_page(0) && !holds_page(1) && !holds_page(2));
}
END_TEST

/* Half way from one domain's tables to another's it may hold either's. */
START_TEST(between_two_domains)
{
	struct frame f = { .owner = ONE, .stamp = 100 };
	u64 begun;

	cpu_public[1].tables = OTHER;
	on(1);
	begun = tlb_switch_begin(&windows);
	on(0);
	tlb_forget(&f);
	ck_assert(!holds_page(1));

	/* What was removed after it began, it may have seen still: until it flushes again. */
	frame_stamp(&f);
	on(1);
	fill();
	tlb_switch_end(ONE, begun);
	on(0);
	tlb_forget(&f);
	ck_assert(!holds_page(1));

	fill();
	tlb_forget(&f);
	nobody_flushed();
}
END_TEST

/* What another's tables mapped, by no grant: wherever they are in use. */
START_TEST(mapped_abroad)
{
	struct frame f = { .owner = ONE, .stamp = 100, .abroad = ABROAD_MAPPED | ABROAD_WRITABLE };

	cpu_public[1].tables = OTHER;
	tlb_forget(&f);
	ck_assert(!holds_page(1));

	/* Nobody writes it there any more; but it may be read. */
	fill();
	frame_stamp(&f);
	tlb_forget(&f);
	ck_assert(holds_page(1) && !holds_page(0));
	ck_assert_uint_eq(f.abroad, ABROAD_MAPPED);

	frame_stamp(&f);
	f.stale_cpus = tlb_holders(&f);
	fill();
	tlb_forget_block(&f);
	ck_assert(!holds_page(0) && !holds_page(1) && !holds_page(2));
}
END_TEST

/* A free block's holders were found when it was freed. */
START_TEST(free_blocks)
{
	struct frame f = { .stale_cpus = 1 << 1 | 1 << 3, .stamp = 100 };

	tlb_forget_block(&f);
	ck_assert(!holds_page(1) && holds_page(0) && holds_page(2));

	fill();
	tlb_forget_block(&f);
	nobody_flushed();

	f = (struct frame){ .stamp = 100 }; /* it was one of ours: nobody maps it */
	tlb_forget_block(&f);
	nobody_flushed();
}
END_TEST

/* Who runs the domain drops the window now, who loads it later, then: nobody else ever. */
START_TEST(windows_of_descriptors)
{
	cpu_public[1].tables = OTHER;
	tlb_flush_windows(ONE, &windows);
	ck_assert(!tlbs[0].ours && tlbs[1].ours && !tlbs[2].ours);

	goes_to(1, NULL);
	ck_assert(tlbs[1].ours);
	goes_to(1, ONE);
	ck_assert(!tlbs[1].ours);

	/* Once. */
	fill();
	goes_to(1, ONE);
	goes_to(0, ONE);
	nobody_flushed();
}
END_TEST

START_TEST(several_and_this_one)
{
	tlb_flush(1ul << 0 | 1ul << 2);
	ck_assert(!holds_page(0) && holds_page(1) && !holds_page(2));

	fill();
	tlb_flush(1ul << 1);
	ck_assert(holds_page(0) && !holds_page(1) && holds_page(2));

	fill();
	tlb_flush(1ul << 0);
	ck_assert(!holds_page(0) && holds_page(1));

	fill();
	features.pcid = true;
	tlb_flush(~0ul);
	ck_assert(!holds_page(0) && !holds_page(1) && !holds_page(2));
	ck_assert(tlbs[0].ours); /* not what nobody changed */
}
END_TEST

START_TEST(one_page)
{
	tlb_flush_page(FAR);
	ck_assert(tlbs[0].page[TAG_KERNEL]);
	tlb_flush_page(PAGE);
	ck_assert(!tlbs[0].page[TAG_KERNEL]);
	tlb_flush_page(1ul << 63);

	features.pcid = true;
	fill();
	tlb_flush_page(FAR);
	ck_assert(tlbs[0].page[TAG_KERNEL] && tlbs[0].page[TAG_USER]);
	tlb_flush_page(PAGE);
	ck_assert(!holds_page(0));
	tlb_flush_page(1ul << 63); /* no address: it would fault */
	ck_assert_uint_eq(tlbs[0].flushes, 0);
}
END_TEST

START_TEST(other_tables)
{
	u64 cr3 = tlb_cr3(MFN(7), TAG_USER);

	ck_assert_uint_eq(cr3, 7 << PAGE_SHIFT);
	tlb_load(cr3);
	ck_assert(!holds_page(0));

	features.pcid = true;
	fill();
	cr3 = tlb_cr3(MFN(7), TAG_USER);
	ck_assert_uint_eq(cr3, 7 << PAGE_SHIFT | TAG_USER | CR3_KEEP);
	ck_assert_uint_ne(cr3, tlb_cr3(MFN(7), TAG_KERNEL));
	tlb_load(cr3);
	ck_assert(!holds_page(0)); /* under both tags */
	ck_assert_uint_eq(tlb_cr3(MFN_NONE, TAG_USER), 0);
}
END_TEST

static void nobody_holds_ours(void)
{
	for (u32 c = 0; c < CPUS - 1; c++)
		ck_assert_msg(!tlbs[c].ours, "CPU %u", c);
	fill();
}

/* Our own mappings are global: also those on idle CPUs go, by page or all at once. */
START_TEST(our_own)
{
	idle[2] = true;
	for (u32 pcid = 0; pcid < 2; pcid++) {
		features.pcid = pcid;
		tlb_flush_global(OURS, 1);
		nobody_holds_ours();
		tlb_flush_global(OURS - 31 * PAGE_SIZE, 32);
		nobody_holds_ours();
		tlb_flush_global(OURS + PAGE_SIZE, 1000); /* too many to name */
		nobody_holds_ours();
	}
}
END_TEST

/* Ring 0 stays on its own tables: the way to the guest loads the guest's. */
START_TEST(isolated_tables)
{
	u64 cr3 = tlb_cr3(MFN(7), TAG_USER);

	tlb_use(cr3);
	ck_assert_uint_eq(tlbs[0].cr3_loads, 1);

	spec_defences = SPEC_BIT(DEFENCE_ISOLATION);
	tlb_use(cr3);
	tlb_load(cr3);
	ck_assert_uint_eq(tlbs[0].cr3_loads, 1);

	features.pcid = true;
	fill();
	tlb_load(cr3);
	ck_assert(!holds_page(0) && holds_page(1)); /* under both tags */
	ck_assert_uint_eq(tlbs[0].cr3_loads, 0);
}
END_TEST

static bool holds_ours(u32 cpu)
{
	const bool *tagged = tlbs[cpu].ours_tagged;

	return tlbs[cpu].ours || tagged[TAG_KERNEL] || tagged[TAG_USER];
}

/* What a guest's tables show of ours is not global then, so it goes under all tags. */
START_TEST(isolated_own)
{
	spec_defences = SPEC_BIT(DEFENCE_ISOLATION);
	features.pcid = true;

	tlb_flush_own(OURS);
	ck_assert(!holds_ours(0) && holds_ours(1));

	fill();
	for (u32 c = 0; c < CPUS; c++) {
		tlbs[c].cr4 = 0; /* no global entries */
		tlbs[c].ours = false;
	}
	tlb_flush_global(OURS, 1);
	for (u32 c = 0; c < CPUS - 1; c++)
		ck_assert_msg(!holds_ours(c), "CPU %u", c);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("tlb");
	TCase *t = tcase_create("all");

	tcase_add_checked_fixture(t, up, NULL);
	tcase_add_test(t, asks_by_the_stamp);
	tcase_add_test(t, a_use_and_a_flush);
	tcase_add_test(t, idle_cpus_sleep_on);
	tcase_add_test(t, other_domains_run_on);
	tcase_add_test(t, between_two_domains);
	tcase_add_test(t, mapped_abroad);
	tcase_add_test(t, free_blocks);
	tcase_add_test(t, windows_of_descriptors);
	tcase_add_test(t, several_and_this_one);
	tcase_add_test(t, one_page);
	tcase_add_test(t, other_tables);
	tcase_add_test(t, our_own);
	tcase_add_test(t, isolated_tables);
	tcase_add_test(t, isolated_own);
	suite_add_tcase(s, t);

	return suites_run(s);
}
