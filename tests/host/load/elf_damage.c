/* SPDX-License-Identifier: MIT */
/*
 * The ELF reader: a good file is described exactly; each broken one is refused with a reason;
 * random damage never leads astray.
 */
#include "image.h"
#include "suites.h"

#include <errno.h>
#include <pvabi/elfnote.h>
#include <pvabi/load/notes.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static unsigned char file[IMAGE_SIZE];
static struct elf_image img;
static struct guest_notes notes;
static struct load_error why;

static int read_kernel(const unsigned char *data, uint64_t size)
{
	int rc;

	memset(&why, 0, sizeof(why));
	rc = elf_parse(&img, data, size, &why);
	if (rc == 0)
		rc = notes_read(&notes, &img, &why);
	return rc;
}

static int parse(uint64_t size)
{
	/* An exact copy, so that the sanitizer sees the first byte read beyond it. */
	unsigned char *copy = malloc(size ? size : 1);
	int rc;

	memcpy(copy, file, size);
	rc = read_kernel(copy, size);
	free(copy);
	return rc;
}

START_TEST(good_file)
{
	image_make(file);
	ck_assert_int_eq(parse(sizeof(file)), 0);
	ck_assert_uint_eq(notes.virt_start, IMAGE_BASE + IMAGE_PADDR);
	ck_assert_uint_eq(notes.virt_end, IMAGE_BASE + IMAGE_PADDR + 0x2000 + DATA_MEMSZ);
	ck_assert_uint_eq(img.phys_start, IMAGE_PADDR);
	ck_assert_uint_eq(notes.entry, IMAGE_BASE + IMAGE_PADDR + 0x40);
	ck_assert_uint_eq(notes.virt_base, IMAGE_BASE);
	ck_assert_uint_eq(notes.init_p2m, 0x8000000000);
	ck_assert(notes.mod_start_pfn);
	ck_assert_uint_eq(notes.hypercall_page, NOTES_UNSET);
	ck_assert_uint_eq(notes.features, 0x8801);
	ck_assert_str_eq(notes.guest_os, "linux");
}
END_TEST

/* One field of the good file changed. */
static const struct {
	uint64_t at, value;
	uint32_t size;
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
	ck_assert_int_eq(parse(sizeof(file)), -ENOEXEC);
	ck_assert_int_eq(why.code, -ENOEXEC);
	ck_assert_str_ne(why.text, "");
}
END_TEST

START_TEST(truncated)
{
	image_make(file);
	for (uint64_t size = 0; size < AT_DATA + DATA_SIZE; size++)
		ck_assert_int_eq(parse(size), -ENOEXEC);
	ck_assert_int_eq(parse(AT_DATA + DATA_SIZE), 0);
}
END_TEST

START_TEST(hypercall_page)
{
	const struct {
		uint64_t va;
		int rc;
	} cases[] = {
		{ IMAGE_BASE + IMAGE_PADDR, 0 },
		{ IMAGE_BASE + IMAGE_PADDR + 0x4000, 0 },
		{ IMAGE_BASE + IMAGE_PADDR + 0x5000, -ENOEXEC },
		{ IMAGE_BASE + IMAGE_PADDR - 0x1000, -ENOEXEC },
		{ IMAGE_BASE + IMAGE_PADDR + 8, -ENOEXEC },
		{ ~0ul << 12, -ENOEXEC },
	};

	for (uint32_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint64_t end;

		image_make(file);
		memcpy(&end, file + AT_PHDR + 2 * PHDR_SIZE + 32, 8);
		end = note_put(file, AT_NOTES + end, XEN_ELFNOTE_HYPERCALL_PAGE, &cases[i].va, 8) -
		      AT_NOTES;
		image_put(file, AT_PHDR + 2 * PHDR_SIZE + 32, end, 8);
		ck_assert_int_eq(parse(sizeof(file)), cases[i].rc);
	}
}
END_TEST

/* Where a segment goes, from the kernel's first byte on. */
static uint64_t offset_of(const struct elf_segment *seg)
{
	return seg->paddr - img.phys_start;
}

START_TEST(load)
{
	static unsigned char memory[0x5000];

	image_make(file);
	ck_assert_int_eq(read_kernel(file, sizeof(file)), 0);
	ck_assert_int_eq(img.segment_count, 2);
	for (uint32_t i = 0; i < img.segment_count; i++) {
		const struct elf_segment *seg = &img.segments[i];

		ck_assert(offset_of(seg) <= sizeof(memory));
		ck_assert(seg->filesz <= sizeof(memory) - offset_of(seg));
		memcpy(memory + offset_of(seg), img.data + seg->offset, seg->filesz);
	}
	ck_assert(memory[0] == 0xaa && memory[0xfff] == 0xaa && !memory[0x1000]);
	ck_assert(memory[0x2000] == 0xdd && memory[0x27ff] == 0xdd && !memory[0x2800]);
}
END_TEST

/* What is loaded lies in the file, and inside what was announced. */
static void segments_lie_inside(void)
{
	uint64_t extent = notes.virt_end - notes.virt_start;

	for (uint32_t i = 0; i < img.segment_count; i++) {
		const struct elf_segment *seg = &img.segments[i];

		ck_assert(offset_of(seg) <= extent && seg->memsz <= extent - offset_of(seg));
		ck_assert(seg->filesz <= seg->memsz);
		ck_assert(seg->offset <= img.size && seg->filesz <= img.size - seg->offset);
	}
}

/* Any byte, more often one at the ends of their range. */
static unsigned char random_byte(void)
{
	if (rand() % 2)
		return rand();

	return rand() % 2 ? 0xff : 0;
}

/*
 * Random damage to headers and notes: refused, or what is loaded stays inside what was announced.
 */
START_TEST(random_damage)
{
	unsigned char *copy = malloc(sizeof(file));
	uint32_t good = 0;

	srand(1);
	for (uint32_t round = 0; round < 100000; round++) {
		image_make(file);
		for (uint32_t n = rand() % 4; n < 4; n++) {
			uint32_t at = rand() % 3 ? rand() % (AT_PHDR + 3 * PHDR_SIZE)
						 : AT_NOTES + rand() % 160;

			file[at] = random_byte();
		}
		memcpy(copy, file, sizeof(file));
		if (read_kernel(copy, sizeof(file)))
			continue;
		good++;
		segments_lie_inside();
	}
	ck_assert_uint_gt(good, 100);
	free(copy);
}
END_TEST

Suite *suite_elf_damage(void)
{
	Suite *s = suite_create("damaged ELF files");
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
