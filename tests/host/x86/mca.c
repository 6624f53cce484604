/* SPDX-License-Identifier: MIT */
/*
 * What a machine check's status register means: errors that can be survived are told from others by
 * all bits that matter, and what is doubtful is fatal.
 */
#include <x86/mca.h>

#include <check.h>
#include <tests/host/suites_run.h>

#define VAL  (1ul << 63)
#define OVER (1ul << 62)
#define UC   (1ul << 61)
#define EN   (1ul << 60)
#define MISC (1ul << 59)
#define ADDR (1ul << 58)
#define PCC  (1ul << 57)
#define S    (1ul << 56)
#define AR   (1ul << 55)

#define NOT     MCA_RECOVERS_NOT
#define BY_BITS MCA_RECOVERS_BY_BITS
#define BY_PCC  MCA_RECOVERS_BY_PCC

static const struct {
	u64 status;
	enum mca_recovery recovery;
	enum mca_severity severity;
} cases[] = {
	{ 0, BY_BITS, MCA_NONE },
	{ UC | PCC | EN | S | AR, BY_BITS, MCA_NONE },
	{ VAL, BY_BITS, MCA_CORRECTED },
	{ VAL | EN | OVER | MISC | ADDR, BY_BITS, MCA_CORRECTED },
	{ VAL | EN | S | AR, BY_BITS, MCA_CORRECTED },
	{ VAL | EN, NOT, MCA_CORRECTED },

	/* Uncorrected, and whether anybody used it. */
	{ VAL | UC | EN, BY_BITS, MCA_DEFERRED },
	{ VAL | UC | EN | S, BY_BITS, MCA_DEFERRED },
	{ VAL | UC | EN | AR, BY_BITS, MCA_DEFERRED },
	{ VAL | UC | EN | S | AR, BY_BITS, MCA_USED },
	{ VAL | UC | EN | S | AR | ADDR | MISC, BY_BITS, MCA_USED },
	{ VAL | UC | EN, BY_PCC, MCA_USED },

	/* It raised nothing. */
	{ VAL | UC | S | AR, BY_BITS, MCA_DEFERRED },
	{ VAL | UC, NOT, MCA_DEFERRED },

	/* An error was overwritten; the processor can not recover; its context is gone. */
	{ VAL | UC | EN | S | AR | OVER, BY_BITS, MCA_FATAL },
	{ VAL | UC | EN | OVER, BY_PCC, MCA_FATAL },
	{ VAL | UC | EN | S | AR, NOT, MCA_FATAL },
	{ VAL | UC | EN | S | AR | PCC, BY_BITS, MCA_FATAL },
	{ VAL | UC | EN | PCC, BY_PCC, MCA_FATAL },
	{ VAL | PCC, BY_BITS, MCA_FATAL },
};

START_TEST(severities)
{
	ck_assert_int_eq(mca_severity(cases[_i].status, cases[_i].recovery), cases[_i].severity);
}
END_TEST

START_TEST(where_memory_is_lost)
{
	struct mca_error e = { .status = VAL | UC, .addr = 0x123000, .misc = 2 << 6 | 12 };
	u64 addr = 0;

	ck_assert(!mca_lost_memory(&e, &addr));

	e.status |= ADDR;
	ck_assert(mca_lost_memory(&e, &addr));
	ck_assert_uint_eq(addr, 0x123000);

	/* With MISC, its kind of address counts: physical, and exact to a frame. */
	e.status |= MISC;
	ck_assert(mca_lost_memory(&e, &addr));
	e.misc = 1 << 6 | 12;
	ck_assert(!mca_lost_memory(&e, &addr));
	e.misc = 2 << 6 | 13;
	ck_assert(!mca_lost_memory(&e, &addr));
}
END_TEST

START_TEST(whose_error)
{
	ck_assert(mca_of_another_cpu(MCG_STATUS_RIPV | MCG_STATUS_MCIP));
	ck_assert(!mca_of_another_cpu(MCG_STATUS_RIPV | MCG_STATUS_EIPV));
	ck_assert(!mca_of_another_cpu(MCG_STATUS_EIPV));
	ck_assert(!mca_of_another_cpu(0));
}
END_TEST

START_TEST(parts)
{
	ck_assert_str_eq(mca_part(0x134), "cache");
	ck_assert_str_eq(mca_part(0x1134), "cache");
	ck_assert_str_eq(mca_part(0x0c), "cache");
	ck_assert_str_eq(mca_part(0x9f), "memory controller");
	ck_assert_str_eq(mca_part(0x14), "TLB");
	ck_assert_str_eq(mca_part(0xe0b), "bus or interconnect");
	ck_assert_str_eq(mca_part(0x400), "internal timer");
	ck_assert_str_eq(mca_part(0x405), "internal");
	ck_assert_str_eq(mca_part(1), "processor");
}
END_TEST

START_TEST(severities_have_names)
{
	for (u32 s = MCA_NONE; s <= MCA_FATAL; s++)
		ck_assert_str_ne(mca_severity_name(s), "unknown");
	ck_assert_str_eq(mca_severity_name(MCA_FATAL + 1), "unknown");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("machine checks");
	TCase *t = tcase_create("status");

	tcase_add_loop_test(t, severities, 0, ARRAY_SIZE(cases));
	tcase_add_test(t, where_memory_is_lost);
	tcase_add_test(t, whose_error);
	tcase_add_test(t, parts);
	tcase_add_test(t, severities_have_names);
	suite_add_tcase(s, t);

	return suites_run(s);
}
