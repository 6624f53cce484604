/* SPDX-License-Identifier: MIT */
/* Sizes of memory as people write them, and which a domain may be asked to have. */
#include <check.h>
#include <errno.h>
#include <dom0-tools/base/array.h>
#include <dom0-tools/domain/domain_memory.h>
#include <tests/host/suites_run.h>

#define MIB 1024UL

static const struct {
	const char *text;
	int rc;
	uint64_t kib;
} sizes[] = {
	{ "512", 0, 512 * MIB },
	{ "512M", 0, 512 * MIB },
	{ "512mib", 0, 512 * MIB },
	{ "0", 0, 0 },
	{ "4096K", 0, 4096 },
	{ "2g", 0, 2048 * MIB },
	{ "1GiB", 0, 1024 * MIB },
	{ "16T", 0, 16UL << 30 },
	{ "17T", -E2BIG, 0 },
	{ "16777217", -E2BIG, 0 },
	{ "18446744073709551615K", -E2BIG, 0 },
	{ "99999999999999999999999999", -E2BIG, 0 },
	{ "", -EINVAL, 0 },
	{ "M", -EINVAL, 0 },
	{ "-1", -EINVAL, 0 },
	{ "+1", -EINVAL, 0 },
	{ " 1", -EINVAL, 0 },
	{ "1 M", -EINVAL, 0 },
	{ "0x10", -EINVAL, 0 },
	{ "1.5G", -EINVAL, 0 },
	{ "1P", -EINVAL, 0 },
	{ "1MB", -EINVAL, 0 },
};

START_TEST(sizes_are_read)
{
	struct hospes_error err = { .code = 0 };
	uint64_t kib = 0;

	ck_assert_msg(memory_size_read(sizes[_i].text, &kib, &err) == sizes[_i].rc, "%s",
		      sizes[_i].text);
	ck_assert_uint_eq(kib, sizes[_i].kib);
}
END_TEST

/* A domain of 128 MiB that was asked for 128 and may have 256. */
static const struct memory_state usual = { 128 * MIB, 128 * MIB, 256 * MIB };

static const struct {
	uint64_t kib, free_kib;
	bool force;
	int rc;
} asked[] = {
	{ 128 * MIB, 0, false, 0 },
	{ 64 * MIB, 0, false, 0 },
	{ 256 * MIB, 128 * MIB, false, 0 },
	{ 256 * MIB + 1, 999 * MIB, false, -EINVAL },
	{ 256 * MIB, 128 * MIB - 1, false, -ENOMEM },
	{ 16 * MIB, 0, false, 0 },
	{ 16 * MIB - 1, 0, false, -EINVAL },
	{ 16 * MIB - 1, 0, true, 0 },
	{ 4 * MIB, 0, true, 0 },
	{ 4 * MIB - 1, 0, true, -EINVAL },
};

START_TEST(a_size_is_bounded)
{
	struct hospes_error err = { .code = 0 };

	ck_assert_int_eq(memory_size_check(&usual, asked[_i].kib, asked[_i].free_kib,
					   asked[_i].force, &err),
			 asked[_i].rc);
}
END_TEST

START_TEST(a_small_domain_may_grow_below_the_floor)
{
	static const struct memory_state small = { 8 * MIB, 8 * MIB, 64 * MIB };
	struct hospes_error err = { .code = 0 };

	ck_assert_int_eq(memory_size_check(&small, 12 * MIB, 99 * MIB, false, &err), 0);
	ck_assert_int_eq(memory_size_check(&small, 6 * MIB, 99 * MIB, false, &err), -EINVAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("memory_size");
	TCase *tc = tcase_create("memory_size");

	tcase_add_loop_test(tc, sizes_are_read, 0, ARRAY_SIZE(sizes));
	tcase_add_loop_test(tc, a_size_is_bounded, 0, ARRAY_SIZE(asked));
	tcase_add_test(tc, a_small_domain_may_grow_below_the_floor);
	suite_add_tcase(suite, tc);

	return suites_run(suite);
}
