/* SPDX-License-Identifier: MIT */
/*
 * The text ring beside a plain long text: readers at any position get what is kept, in order,
 * nothing twice.
 */
#include <check.h>
#include <console/ring.h>
#include <tests/host/suites_run.h>

#define SIZE 64
#define TEXT 5000

static unsigned seed = 11;

static u32 draw(u32 n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % n;
}

START_TEST(as_a_long_text)
{
	char text[TEXT + 200], buf[SIZE];
	struct text_ring r;
	u64 written = 0, pos = 0;

	for (u32 i = 0; i < sizeof(text); i++)
		text[i] = 'a' + i % 26;
	text_ring_init(&r, buf, SIZE);
	while (written < TEXT) {
		char out[100];
		u32 n = draw(draw(8) ? 20 : 150);
		u64 before, oldest;
		size_t got;

		text_ring_put(&r, text + written, n);
		written += n;
		oldest = written > SIZE ? written - SIZE : 0;
		if (draw(3))
			continue;
		before = pos;
		got = text_ring_read(&r, &pos, out, draw(sizeof(out)));
		ck_assert_uint_eq(pos - got, before < oldest ? oldest : before);
		ck_assert_uint_le(pos, written);
		ck_assert_mem_eq(out, text + pos - got, got);
	}
}
END_TEST

START_TEST(positions_out_of_range)
{
	char buf[SIZE], out[SIZE];
	struct text_ring r;
	u64 pos = ~0ul;

	text_ring_init(&r, buf, SIZE);
	text_ring_put(&r, "hello", 5);
	ck_assert_uint_eq(text_ring_read(&r, &pos, out, SIZE), 0);
	ck_assert_uint_eq(pos, 5);
	text_ring_clear(&r);
	pos = 0;
	ck_assert_uint_eq(text_ring_read(&r, &pos, out, SIZE), 0);
	text_ring_put(&r, "x", 1);
	ck_assert_uint_eq(text_ring_read(&r, &pos, out, SIZE), 1);
	ck_assert_int_eq(out[0], 'x');
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ring");
	TCase *t = tcase_create("ring");

	tcase_add_test(t, as_a_long_text);
	tcase_add_test(t, positions_out_of_range);
	suite_add_tcase(s, t);

	return suites_run(s);
}
