/* SPDX-License-Identifier: MIT */
/*
 * Kernels that are plain ELF files: of one with more debug information than any guest has memory,
 * only what is loaded is read, and one that is cut anywhere is refused.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <dom0-tools/builder/kernel_image.h>
#include <tests/host/suites_run.h>
#include "kernel_file.h"

/* Of the guest that the kernel is for. */
#define MEMORY (32UL << 20)

static char path[] = "/tmp/kernel-elf-test-XXXXXX";
static struct kernel_file k;
static struct kernel_image image;
static struct hospes_error err;

static void setup(void)
{
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
	kf_linux(&k);
	error_clear(&err);
}

static void teardown(void)
{
	unlink(path);
	strcpy(path + strlen(path) - 6, "XXXXXX");
}

/* The kernel's first @size bytes. */
static void file_make(size_t size)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, k.bytes, size), (ssize_t)size);
	close(fd);
}

/* Sections are looked at for notes: those of old kernels are found by name. */
static void sections_add(void)
{
	static const char names[] = "\0names\0__xen_guest", words[] = "GUEST_OS=old";
	Elf64_Shdr *s = (Elf64_Shdr *)(k.bytes + 0x3000);

	memcpy(k.bytes + 0x3800, names, sizeof(names));
	memcpy(k.bytes + 0x3900, words, sizeof(words));
	s[1] = (Elf64_Shdr){
		.sh_name = 1, .sh_type = SHT_STRTAB, .sh_offset = 0x3800, .sh_size = sizeof(names)
	};
	s[2] = (Elf64_Shdr){
		.sh_name = 7, .sh_type = SHT_PROGBITS, .sh_offset = 0x3900, .sh_size = sizeof(words)
	};
	kf_header(&k)->e_shoff = 0x3000;
	kf_header(&k)->e_shentsize = sizeof(*s);
	kf_header(&k)->e_shnum = 3;
	kf_header(&k)->e_shstrndx = 1;
}

START_TEST(all_of_a_small_one_is_there)
{
	uint8_t bytes[KF_SIZE];

	sections_add();
	file_make(k.size);
	ck_assert_msg(kernel_open(&image, path, MEMORY, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(image.size, k.size);
	ck_assert_int_eq(kernel_read(&image, 0, bytes, k.size), 0);
	ck_assert_mem_eq(bytes, k.bytes, k.size);
	ck_assert_uint_eq(image.elf.xen_guest.offset, 0x3900);
	kernel_close(&image);
}
END_TEST

/* What is loaded counts, not what stands behind it in the file. */
START_TEST(debug_information_is_not_read)
{
	const off_t all = 300L << 20;
	struct stat st;
	int fd;

	file_make(k.size);
	fd = open(path, O_WRONLY);
	ck_assert_int_eq(pwrite(fd, "debug", 5, all - 5), 5);
	close(fd);

	ck_assert_msg(kernel_open(&image, path, MEMORY, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(image.size, (size_t)all);
	ck_assert_uint_eq(image.elf.segment_count, 2);
	ck_assert_int_eq(fstat(image.fd, &st), 0);
	ck_assert_int_lt(st.st_blocks * 512, 1 << 20);
	kernel_close(&image);

	/* Its data is to be more than the guest has. */
	kf_program(&k, 1)->p_filesz = kf_program(&k, 1)->p_memsz = MEMORY;
	fd = open(path, O_WRONLY);
	ck_assert_int_eq(pwrite(fd, k.bytes, k.size, 0), (ssize_t)k.size);
	close(fd);
	ck_assert_int_eq(kernel_open(&image, path, MEMORY, &err), -EFBIG);
	ck_assert_msg(strstr(err.text, "more than 32 MiB") != NULL, "%s", err.text);
}
END_TEST

START_TEST(cut_elf_files_are_no_kernels)
{
	for (size_t size = 4; size < 0x2800; size += 31) {
		file_make(size);
		ck_assert_int_eq(kernel_open(&image, path, MEMORY, &err), -ENOEXEC);
		error_clear(&err);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plain ELF kernels");
	TCase *t = tcase_create("kernel_elf");

	suite_add_tcase(suite, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, all_of_a_small_one_is_there);
	tcase_add_test(t, debug_information_is_not_read);
	tcase_add_test(t, cut_elf_files_are_no_kernels);

	return suites_run(suite);
}
