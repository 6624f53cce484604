/* SPDX-License-Identifier: MIT */
/*
 * The heap on top of pages of the C library: objects are aligned, zeroed, disjoint, and all pages
 * come back.
 */
#include "suites.h"

#include <frame/alloc.h>
#include <stdlib.h>
#include <string.h>
#include <x86/cpu.h>
#include <x86/lock.h>

#define HELD   2000
#define BLOCKS 4096

/* libcheck's assertions are too slow for millions. */
#define CHECK(x)                                \
	do {                                    \
		if (!(x))                       \
			ck_abort_msg("%s", #x); \
	} while (0)

/* What the heap stands on. */
static struct {
	void *p;
	u32 order;
} blocks[BLOCKS];
static u64 pages_out;
static bool exhausted;

void *pages_alloc(u32 order)
{
	void *p = exhausted ? NULL : aligned_alloc(PAGE_SIZE, PAGE_SIZE << order);

	for (int i = 0; p && i < BLOCKS; i++)
		if (!blocks[i].p) {
			blocks[i].p = p;
			blocks[i].order = order;
			pages_out += 1ul << order;
			return memset(p, 0, PAGE_SIZE << order);
		}
	free(p);
	return NULL;
}

u32 pages_order(const void *p)
{
	for (int i = 0; i < BLOCKS; i++)
		if (blocks[i].p == p)
			return blocks[i].order;
	ck_abort_msg("no such block");
}

void pages_free(void *p, u32 order)
{
	for (int i = 0; i < BLOCKS; i++)
		if (blocks[i].p == p) {
			ck_assert_uint_eq(blocks[i].order, order);
			blocks[i].p = NULL;
			pages_out -= 1ul << order;
			free(p);
			return;
		}
	ck_abort_msg("freed what was not allocated");
}

static void object_check(u8 *p, size_t size)
{
	ck_assert_ptr_nonnull(p);
	ck_assert_uint_eq((u64)p % (size >= 64 ? 64 : 16), 0);
	for (size_t i = 0; i < size; i++)
		CHECK(p[i] == 0);
}

START_TEST(random_objects)
{
	struct {
		u8 *p;
		size_t size;
		u8 fill;
	} held[HELD];
	unsigned count = 0;

	srand(3);
	for (int i = 0; i < 100000; i++) {
		if (count == HELD || (count && rand() % 100 < 48)) {
			unsigned k = rand() % count;

			for (size_t j = 0; j < held[k].size; j++)
				CHECK(held[k].p[j] == held[k].fill);
			heap_free(held[k].p);
			held[k] = held[--count];
			continue;
		}
		held[count].size = rand() % 50 ? 1 + rand() % 2100 : 1 + rand() % 20000;
		held[count].p = heap_alloc(held[count].size);
		object_check(held[count].p, held[count].size);
		held[count].fill = rand();
		memset(held[count].p, held[count].fill, held[count].size);
		count++;
	}
	while (count--)
		heap_free(held[count].p);
	ck_assert_uint_eq(heap_used(), 0);
	ck_assert_uint_eq(pages_out, 0);
}
END_TEST

START_TEST(edges)
{
	void *p;

	heap_free(NULL);
	p = heap_alloc(0);
	ck_assert_ptr_nonnull(p);
	heap_free(p);
	p = heap_alloc(1 << 20);
	object_check(p, 1 << 20);
	heap_free(p);
	ck_assert_ptr_null(heap_alloc((1 << 20) + 1));
	ck_assert_ptr_null(heap_alloc(~0ul));
	exhausted = true;
	ck_assert_ptr_null(heap_alloc(10));
	ck_assert_ptr_null(heap_alloc(10000));
	exhausted = false;
	ck_assert_uint_eq(heap_used(), 0);
	ck_assert_uint_eq(pages_out, 0);
}
END_TEST

Suite *heap_suite(void)
{
	Suite *s = suite_create("heap");
	TCase *t = tcase_create("all");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, random_objects);
	tcase_add_test(t, edges);
	suite_add_tcase(s, t);
	return s;
}
