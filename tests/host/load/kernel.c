/* SPDX-License-Identifier: MIT */
/*
 * The reader of ELF kernels and of their notes: what good files say, and that bad ones (broken,
 * truncated, hostile) are refused with a reason and never read beyond their end (ASan watches:
 * each file lies in a heap block of exactly its size).
 */
#include <errno.h>
#include <stdlib.h>
#include <pvabi/load/notes.h>
#include <tests/host/builder/kernel_file.h>
#include "suites.h"

static struct kernel_file k;
static struct elf_image image;
static struct guest_notes notes;
static struct load_error why;

/* Parses a copy that ends where the file does. */
static int parse(size_t size)
{
	uint8_t *copy = malloc(size != 0 ? size : 1);
	int rc;

	memset(&why, 0, sizeof(why));
	memcpy(copy, k.bytes, size);
	rc = elf_parse(&image, copy, size, &why);
	if (rc == 0)
		rc = notes_read(&notes, &image, &why);
	free(copy);
	ck_assert(rc == 0 || (why.code == rc && why.text[0] != '\0'));
	return rc;
}

#define REFUSED(words)                                                          \
	do {                                                                    \
		ck_assert_int_eq(parse(k.size), -ENOEXEC);                      \
		ck_assert_msg(strstr(why.text, words) != NULL, "%s", why.text); \
	} while (0)

START_TEST(linux_is_read)
{
	kf_linux(&k);
	ck_assert_int_eq(parse(k.size), 0);
	ck_assert_uint_eq(image.segment_count, 2);
	ck_assert_uint_eq(image.phys_start, KF_PADDR);
	ck_assert_uint_eq(image.phys_end, KF_PADDR + 0x4000);
	ck_assert_str_eq(notes.guest_os, "linux");
	ck_assert_uint_eq(notes.virt_base, KF_BASE);
	ck_assert_uint_eq(notes.paddr_offset, 0);
	ck_assert_uint_eq(notes.entry, KF_BASE + KF_PADDR + 0x20);
	ck_assert_uint_eq(notes.virt_start, KF_BASE + KF_PADDR);
	ck_assert_uint_eq(notes.virt_end, KF_BASE + KF_PADDR + 0x4000);
	ck_assert_uint_eq(notes.init_p2m, 0x8000000000ULL);
	ck_assert_uint_eq(notes.hypercall_page, NOTES_UNSET);
	ck_assert(notes.mod_start_pfn != 0 && notes_allow_dom0(&notes));
}
END_TEST

START_TEST(entry_defaults_to_the_header)
{
	kf_bare(&k);
	kf_number(&k, 3, KF_BASE);
	ck_assert_int_eq(parse(k.size), 0);
	ck_assert_uint_eq(notes.entry, KF_BASE + KF_PADDR + 0x10);
	ck_assert(notes.mod_start_pfn == 0 && notes.features == NOTES_UNSET);
}
END_TEST

START_TEST(segments_are_sorted)
{
	Elf64_Phdr first;

	kf_linux(&k);
	first = *kf_program(&k, 0);
	*kf_program(&k, 0) = *kf_program(&k, 1);
	*kf_program(&k, 1) = first;
	ck_assert_int_eq(parse(k.size), 0);
	ck_assert_uint_eq(image.segments[0].paddr, KF_PADDR);
	ck_assert_uint_eq(image.segments[1].paddr, KF_PADDR + 0x1000);
}
END_TEST

/* The section's name table and the section itself go behind the data. */
static void old_text(const char *text)
{
	Elf64_Shdr s[2] = {
		{ .sh_name = 0, .sh_type = SHT_STRTAB, .sh_offset = 0x3000, .sh_size = 13 },
		{ .sh_name = 1,
		  .sh_type = SHT_PROGBITS,
		  .sh_offset = 0x3100,
		  .sh_size = strlen(text) },
	};

	kf_bare(&k);
	memcpy(k.bytes + 0x3000, "\0__xen_guest", 13);
	memcpy(k.bytes + 0x3100, text, strlen(text));
	memcpy(k.bytes + 0x3800, s, sizeof(s));
	kf_header(&k)->e_shoff = 0x3800;
	kf_header(&k)->e_shnum = 2;
	kf_header(&k)->e_shentsize = sizeof(s[0]);
	kf_header(&k)->e_entry = KF_PADDR + 0x10;
}

START_TEST(old_text_is_read)
{
	old_text("GUEST_OS=GNU Mach,XEN_VER=xen-3.0,VIRT_BASE=0x0,ELF_PADDR_OFFSET=0x0,"
		 "HYPERCALL_PAGE=0x101,LOADER=generic,FEATURES=,PAE=yes");
	ck_assert_int_eq(parse(k.size), 0);
	ck_assert_str_eq(notes.guest_os, "GNU Mach");
	ck_assert_str_eq(notes.loader, "generic");
	ck_assert_uint_eq(notes.virt_base, 0);
	ck_assert_uint_eq(notes.hypercall_page, 0x101000);
}
END_TEST

START_TEST(old_text_may_be_bent)
{
	old_text("VIRT_BASE");
	ck_assert_int_eq(parse(k.size), 0);
	old_text(",,=,===,VIRT_BASE=,HYPERCALL_PAGE=0xffffffffffffffff");
	parse(k.size);
	old_text("HYPERCALL_PAGE=0xfffffffffffff");
	REFUSED("hypercall page");
	/* An offset defaults to the base: then the segments lie below it. */
	old_text("VIRT_BASE=0xffffffff80000000");
	REFUSED("PADDR_OFFSET");
}
END_TEST

START_TEST(headers_are_checked)
{
	kf_linux(&k);
	kf_header(&k)->e_ident[EI_CLASS] = ELFCLASS32;
	REFUSED("32-bit");
	kf_linux(&k);
	kf_header(&k)->e_machine = EM_AARCH64;
	REFUSED("not for x86-64");
	kf_linux(&k);
	kf_header(&k)->e_type = ET_REL;
	REFUSED("not an executable");
	kf_linux(&k);
	kf_header(&k)->e_phnum = 0;
	REFUSED("program headers");
	kf_linux(&k);
	kf_header(&k)->e_phnum = 0xffff;
	REFUSED("outside the file");
	kf_linux(&k);
	kf_header(&k)->e_phnum = ELF_PROGRAMS_MAX + 1;
	REFUSED("more than 64");
	kf_linux(&k);
	kf_header(&k)->e_phoff = -64ULL;
	REFUSED("outside the file");
	kf_linux(&k);
	kf_header(&k)->e_ident[0] = 0;
	REFUSED("no ELF file");
}
END_TEST

START_TEST(segments_are_checked)
{
	kf_linux(&k);
	kf_program(&k, 1)->p_offset = -0x800ULL;
	REFUSED("outside the file");
	kf_linux(&k);
	kf_program(&k, 0)->p_filesz = 0x1001;
	REFUSED("more bytes in the file");
	kf_linux(&k);
	kf_program(&k, 1)->p_memsz = ~0ULL;
	REFUSED("beyond any memory");
	kf_linux(&k);
	kf_program(&k, 1)->p_paddr = -0x1000ULL;
	REFUSED("beyond any memory");
	kf_linux(&k);
	kf_program(&k, 1)->p_paddr = KF_PADDR + ELF_EXTENT_MAX;
	REFUSED("more than 1024 MiB");
	kf_linux(&k);
	kf_program(&k, 2)->p_offset = KF_SIZE + 1;
	REFUSED("segment 2 lies outside the file");
	kf_linux(&k);
	kf_program(&k, 1)->p_paddr = KF_PADDR + 0xfff;
	REFUSED("overlap");
	kf_linux(&k);
	kf_program(&k, 0)->p_type = kf_program(&k, 1)->p_type = PT_NULL;
	REFUSED("no segment");
}
END_TEST

START_TEST(notes_are_checked)
{
	kf_bare(&k);
	REFUSED("without support for Xen PV");
	kf_linux(&k);
	kf_note(&k, 1, "abc", 3);
	REFUSED("number of 3 bytes");
	kf_linux(&k);
	kf_number(&k, 1, KF_BASE + KF_PADDR + 0x4000);
	REFUSED("entry");
	kf_linux(&k);
	kf_number(&k, 3, -0x100000ULL);
	REFUSED("no possible address");
	kf_linux(&k);
	kf_number(&k, 3, KF_BASE + 1);
	REFUSED("no possible address");
	kf_linux(&k);
	kf_note(&k, 5, "xen-2.0", 8);
	REFUSED("xen-2.0");
	kf_linux(&k);
	kf_number(&k, 2, KF_BASE + KF_PADDR + 0x4000);
	REFUSED("hypercall page");
	kf_linux(&k);
	kf_number(&k, 2, KF_BASE + KF_PADDR + 8);
	REFUSED("hypercall page");
	/* Its last bytes would lie behind the kernel. */
	kf_linux(&k);
	kf_program(&k, 1)->p_memsz = 0x2800;
	kf_number(&k, 2, KF_BASE + KF_PADDR + 0x3000);
	REFUSED("hypercall page");
	kf_linux(&k);
	kf_number(&k, 15, 0x8000001000ULL);
	REFUSED("2 MiB boundary");
	kf_bare(&k);
	kf_number(&k, 4, 0x1000);
	REFUSED("none VIRT_BASE");
	kf_linux(&k);
	kf_number(&k, 4, KF_PADDR + 1);
	REFUSED("PADDR_OFFSET");
}
END_TEST

/* A note that is cut off, or claims more than there is, ends the walk and does no harm. */
START_TEST(cut_notes_do_no_harm)
{
	uint32_t *sizes;

	for (size_t cut = 0; cut <= 200; cut++) {
		kf_linux(&k);
		kf_program(&k, 2)->p_filesz -= cut < k.notes ? cut : k.notes;
		parse(k.size);
	}
	kf_linux(&k);
	sizes = (uint32_t *)(k.bytes + KF_NOTES);
	sizes[0] = 0xfffffffd;
	parse(k.size);
	kf_linux(&k);
	sizes[1] = 0xffffffff;
	parse(k.size);
	kf_linux(&k);
	kf_program(&k, 2)->p_offset = KF_SIZE - 1;
	parse(k.size);
}
END_TEST

/* At the very end of the file, where a step too far leaves it. */
START_TEST(ends_of_files_are_ends)
{
	Elf64_Nhdr h = { 4, 4096, 1 };
	Elf64_Shdr *s = (Elf64_Shdr *)(k.bytes + 0x3800);

	kf_linux(&k);
	memcpy(k.bytes + KF_SIZE - 16, &h, sizeof(h));
	memcpy(k.bytes + KF_SIZE - 4, "Xen", 4);
	kf_program(&k, 2)->p_offset = KF_SIZE - 16;
	kf_program(&k, 2)->p_filesz = 16;
	REFUSED("without support");
	old_text("VIRT_BASE=0x0");
	memcpy(k.bytes + KF_SIZE - 5, "__xen", 5);
	s[0].sh_offset = KF_SIZE - 5;
	s[0].sh_size = 5;
	s[1].sh_name = 0;
	REFUSED("without support");
}
END_TEST

START_TEST(truncated_files_do_no_harm)
{
	for (size_t size = 0; size < KF_SIZE; size += 7) {
		kf_linux(&k);
		ck_assert_int_eq(parse(size) == 0, size >= KF_DATA + 0x1800);
	}
}
END_TEST

/* Random bytes in the headers: refused or read, never out of bounds. The seed makes it repeat. */
START_TEST(random_files_do_no_harm)
{
	unsigned int good = 0;

	srandom(1);
	for (int round = 0; round < 20000; round++) {
		if (round % 2 != 0)
			old_text(
				"GUEST_OS=x,VIRT_BASE=0xffffffff80000000,HYPERCALL_PAGE=1,PAE=yes");
		else
			kf_linux(&k);
		for (int n = (int)(random() % 8); n >= 0; n--) {
			size_t at = (size_t)random() % (round % 2 != 0 ? 512 : KF_NOTES + 0x100);

			if (round % 2 != 0 && random() % 2 == 0)
				at += 0x3000 + (size_t)random() % 0x900;
			k.bytes[at] = random() % 3 != 0 ? (uint8_t)random() : 0xff;
		}
		good += parse(k.size) == 0;
	}
	ck_assert_uint_gt(good, 0);
}
END_TEST

Suite *suite_kernel(void)
{
	Suite *suite = suite_create("ELF kernels");
	TCase *t = tcase_create("elf");

	suite_add_tcase(suite, t);
	tcase_add_test(t, linux_is_read);
	tcase_add_test(t, entry_defaults_to_the_header);
	tcase_add_test(t, segments_are_sorted);
	tcase_add_test(t, old_text_is_read);
	tcase_add_test(t, old_text_may_be_bent);
	tcase_add_test(t, headers_are_checked);
	tcase_add_test(t, segments_are_checked);
	tcase_add_test(t, notes_are_checked);
	tcase_add_test(t, cut_notes_do_no_harm);
	tcase_add_test(t, ends_of_files_are_ends);
	tcase_add_test(t, truncated_files_do_no_harm);
	tcase_add_test(t, random_files_do_no_harm);
	tcase_set_timeout(t, 60);
	return suite;
}
