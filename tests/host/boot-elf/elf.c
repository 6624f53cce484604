/* SPDX-License-Identifier: MIT */
/*
 * The ELF reader: a good file is described exactly; each broken one is refused with a reason;
 * random damage never leads astray.
 */
#include "image.h"

#include <pvabi/elfnote.h>
#include <stdlib.h>

static unsigned char file[IMAGE_SIZE];
static struct elf_image img;

static int parse(u64 size)
{
	/* An exact copy, so that the sanitizer sees the first byte read beyond it. */
	unsigned char *copy = malloc(size ? size : 1);
	int err;

	memcpy(copy, file, size);
	err = elf_parse(copy, size, &img);
	free(copy);
	return err;
}

START_TEST(good_file)
{
	image_make(file);
	ck_assert_int_eq(parse(sizeof(file)), 0);
	ck_assert_uint_eq(img.virt_start, IMAGE_BASE + IMAGE_PADDR);
	ck_assert_uint_eq(img.virt_end, IMAGE_BASE + IMAGE_PADDR + 0x2000 + DATA_MEMSZ);
	ck_assert_uint_eq(img.phys_start, IMAGE_PADDR);
	ck_assert_uint_eq(img.entry, IMAGE_BASE + IMAGE_PADDR + 0x40);
	ck_assert_uint_eq(img.virt_base, IMAGE_BASE);
	ck_assert_uint_eq(img.init_p2m, 0x8000000000);
	ck_assert(img.mod_start_pfn);
	ck_assert_uint_eq(img.hypercall_page, ELF_NONE);
	ck_assert_uint_eq(img.features, 0x8801);
	ck_assert_str_eq(img.guest_os, "linux");
}
END_TEST

/* One field of the good file changed. */
static const struct {
	u64 at, value;
	u32 size;
} broken[] = {
	{ 0, 'X', 1 },                      /* magic */
	{ 4, 1, 1 },                        /* 32-bit */
	{ 5, 2, 1 },                        /* big-endian */
	{ 16, 1, 2 },                       /* relocatable */
	{ 18, 3, 2 },                       /* i386 */
	{ 32, IMAGE_SIZE - PHDR_SIZE, 8 },  /* program headers cross the end */
	{ 32, ~0ul, 8 },                    /* or wrap */
	{ 54, 55, 2 },                      /* their size */
	{ 56, 0, 2 },                       /* none */
	{ 56, 0xffff, 2 },                  /* too many */
	{ AT_PHDR + 8, IMAGE_SIZE - 1, 8 }, /* segment crosses the end */
	{ AT_PHDR + 8, ~0ul - 0x10, 8 },    /* or wraps */
	{ AT_PHDR + 24, ~0ul - 0x10, 8 },   /* address wraps */
	{ AT_PHDR + 32, TEXT_SIZE + 1, 8 }, /* more in the file than in memory */
	{ AT_PHDR + 32, ~0ul, 8 },
	{ AT_PHDR + 40, 1ul << 40, 8 }, /* a terabyte of kernel */
	{ AT_PHDR + 40, ~0ul, 8 },
	{ AT_PHDR + PHDR_SIZE + 24, 1ul << 40, 8 }, /* a hole of a terabyte */
	{ AT_PHDR + 2 * PHDR_SIZE, 6, 4 },          /* no note segment */
	{ AT_PHDR + 2 * PHDR_SIZE + 32, ~0ul, 8 },
	{ AT_NOTES, 5, 4 }, /* first note's name: all that follow are misread */
	/* first note's size: the rest is lost, so is the entry */
	{ AT_NOTES + 4, 0xffffffff, 4 },
	{ AT_NOTES + 24 + 16, 0x1234, 8 },        /* entry outside */
	{ AT_NOTES + 48 + 16, ~0ul - 0x1000, 8 }, /* base: addresses wrap */
};

START_TEST(broken_file)
{
	image_make(file);
	image_put(file, broken[_i].at, broken[_i].value, broken[_i].size);
	reasons = 0;
	ck_assert_int_eq(parse(sizeof(file)), -ENOEXEC);
	ck_assert_int_eq(reasons, 1);
}
END_TEST

START_TEST(truncated)
{
	image_make(file);
	for (u64 size = 0; size < AT_DATA + DATA_SIZE; size++)
		ck_assert_int_eq(parse(size), -ENOEXEC);
	ck_assert_int_eq(parse(AT_DATA + DATA_SIZE), 0);
}
END_TEST

START_TEST(hypercall_page)
{
	const struct {
		u64 va;
		int err;
	} cases[] = {
		{ IMAGE_BASE + IMAGE_PADDR, 0 },
		{ IMAGE_BASE + IMAGE_PADDR + 0x4000, 0 },
		{ IMAGE_BASE + IMAGE_PADDR + 0x5000, -ENOEXEC },
		{ IMAGE_BASE + IMAGE_PADDR - 0x1000, -ENOEXEC },
		{ IMAGE_BASE + IMAGE_PADDR + 8, -ENOEXEC },
		{ ~0ul << 12, -ENOEXEC },
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		u64 end;

		image_make(file);
		memcpy(&end, file + AT_PHDR + 2 * PHDR_SIZE + 32, 8);
		end = note_put(file, AT_NOTES + end, XEN_ELFNOTE_HYPERCALL_PAGE, &cases[i].va, 8) -
		      AT_NOTES;
		image_put(file, AT_PHDR + 2 * PHDR_SIZE + 32, end, 8);
		ck_assert_int_eq(parse(sizeof(file)), cases[i].err);
	}
}
END_TEST

struct loaded {
	unsigned char memory[0x5000];
	int pieces;
};

static void put(u64 off, const void *src, u64 n, void *arg)
{
	struct loaded *l = arg;

	ck_assert(off <= sizeof(l->memory) && n <= sizeof(l->memory) - off);
	memcpy(l->memory + off, src, n);
	l->pieces++;
}

START_TEST(load)
{
	static struct loaded l;

	image_make(file);
	ck_assert_int_eq(elf_parse(file, sizeof(file), &img), 0);
	elf_load(&img, put, &l);
	ck_assert_int_eq(l.pieces, 2);
	ck_assert(l.memory[0] == 0xaa && l.memory[0xfff] == 0xaa && !l.memory[0x1000]);
	ck_assert(l.memory[0x2000] == 0xdd && l.memory[0x27ff] == 0xdd && !l.memory[0x2800]);
}
END_TEST

static void put_inside(u64 off, const void *src, u64 n, void *arg)
{
	const struct elf_image *i = arg;
	const unsigned char *p = src;

	ck_assert(off <= i->virt_end - i->virt_start && n <= i->virt_end - i->virt_start - off);
	ck_assert(p >= i->data && n <= i->size - (u64)(p - i->data));
}

/*
 * Random damage to headers and notes: refused, or what is loaded stays inside what was announced.
 */
START_TEST(random_damage)
{
	unsigned char *copy = malloc(sizeof(file));
	u32 good = 0;

	srand(1);
	for (u32 round = 0; round < 100000; round++) {
		image_make(file);
		for (u32 n = rand() % 4; n < 4; n++) {
			u32 at = rand() % 3 ? rand() % (AT_PHDR + 3 * PHDR_SIZE)
					    : AT_NOTES + rand() % 160;

			file[at] = rand() % 2 ? rand() : (rand() % 2 ? 0xff : 0);
		}
		memcpy(copy, file, sizeof(file));
		if (elf_parse(copy, sizeof(file), &img))
			continue;
		good++;
		elf_load(&img, put_inside, &img);
	}
	ck_assert_uint_gt(good, 100);
	free(copy);
}
END_TEST

Suite *suite_elf(void)
{
	Suite *s = suite_create("elf");
	TCase *t = tcase_create("elf");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, good_file);
	tcase_add_loop_test(t, broken_file, 0, ARRAY_SIZE(broken));
	tcase_add_test(t, truncated);
	tcase_add_test(t, hypercall_page);
	tcase_add_test(t, load);
	tcase_add_test(t, random_damage);
	suite_add_tcase(s, t);
	return s;
}
