/* SPDX-License-Identifier: MIT */
/*
 * The file of a core, read back by its own headers: sections and notes as Xen's tools have them,
 * registers and virtual addresses as gdb wants them, pages of zeros as holes.
 */
#include <check.h>
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/procfs.h>
#include <sys/stat.h>
#include <sys/user.h>
#include <unistd.h>
#include <pvabi/elfnote.h>
#include <dom0-tools/domain/core_file.h>
#include <tests/host/suites_run.h>

#define PAGES_MAX 600
#define ADDRESS   0xffffffff80000000ULL

static char pages[PAGES_MAX][PAGE_SIZE];
static char shared[PAGE_SIZE];
static struct vcpu_guest_context vcpus[2];
static struct host_version version = { .major = 4, .minor = 17, .extra = ".test" };
static struct core_about about = {
	.version = &version,
	.vcpus = vcpus,
	.vcpu_count = 2,
	.shared = shared,
	.pages_max = PAGES_MAX,
};

static struct core_file core;
static FILE *file;
static unsigned char *text;
static size_t size;

static void setup(void)
{
	file = tmpfile();
	ck_assert_ptr_nonnull(file);
	memset(pages, 0, sizeof(pages));
	strcpy(shared, "shared");
	vcpus[0].user_regs.rip = ADDRESS + 0x123;
	vcpus[0].user_regs.r15 = 15;
	vcpus[0].flags = VGCF_in_kernel;
	vcpus[0].gs_base_kernel = 0x4000;
	vcpus[1].user_regs.rip = 0x1000;
	vcpus[1].gs_base_user = 0x5000;
	ck_assert_int_eq(core_file_begin(&core, fileno(file), &about), 0);
}

static void teardown(void)
{
	core_file_free(&core);
	free(text);
	text = NULL;
	fclose(file);
}

/* @count pages from @first on, whose pfn are theirs + 10, and whose frames are theirs + 1000. */
static int add(size_t first, size_t count)
{
	struct core_page entries[PAGES_MAX];

	for (size_t i = 0; i < count; i++)
		entries[i] = (struct core_page){ first + i + 10, first + i + 1000 };

	return core_file_pages(&core, entries, pages[first], count);
}

/* Ends the core and reads all of it. */
static const Elf64_Ehdr *finish(void)
{
	struct stat st;

	ck_assert_int_eq(core_file_end(&core), 0);
	ck_assert_int_eq(fstat(fileno(file), &st), 0);
	size = (size_t)st.st_size;
	text = malloc(size);
	ck_assert_int_eq(pread(fileno(file), text, size, 0), (ssize_t)size);
	return (const Elf64_Ehdr *)text;
}

static const Elf64_Shdr *section(const Elf64_Ehdr *e, const char *name)
{
	const Elf64_Shdr *s = (const Elf64_Shdr *)(text + e->e_shoff);
	const char *names = (const char *)text + s[e->e_shstrndx].sh_offset;

	for (int i = 0; i < e->e_shnum; i++) {
		if (strcmp(names + s[i].sh_name, name) == 0) {
			ck_assert_uint_le(s[i].sh_offset + s[i].sh_size, size);
			return &s[i];
		}
	}

	ck_abort_msg("no section %s", name);
	return NULL;
}

/* The descriptor of the note @type among @length bytes of notes. */
static const void *note(const unsigned char *at, size_t length, const char *name, uint32_t type,
			unsigned int which, size_t want)
{
	const unsigned char *end = at + length;

	while (at < end) {
		Elf64_Nhdr n;
		const unsigned char *data;

		memcpy(&n, at, sizeof(n));
		data = at + sizeof(n) + (n.n_namesz + 3) / 4 * 4;
		if (n.n_type == type && which-- == 0) {
			ck_assert_str_eq((const char *)at + sizeof(n), name);
			ck_assert_uint_eq(n.n_descsz, want);
			return data;
		}

		at = data + (n.n_descsz + 3) / 4 * 4;
	}

	ck_assert_ptr_eq(at, end);
	return NULL;
}

START_TEST(sections_as_xen_has_them)
{
	const struct core_page *p2m;
	const Elf64_Ehdr *e;
	const Elf64_Shdr *s;
	uint64_t words[4];

	strcpy(pages[0], "first");
	strcpy(pages[4], "last");
	ck_assert_int_eq(add(0, 3), 0);
	ck_assert_int_eq(add(3, 2), 0);
	e = finish();
	ck_assert_int_eq(memcmp(e->e_ident, ELFMAG, SELFMAG), 0);
	ck_assert_int_eq(e->e_type, ET_CORE);
	ck_assert_int_eq(e->e_machine, EM_X86_64);

	s = section(e, ".xen_pages");
	ck_assert_uint_eq(s->sh_size, 5 * PAGE_SIZE);
	ck_assert_uint_eq(s->sh_offset % PAGE_SIZE, 0);
	ck_assert_int_eq(memcmp(text + s->sh_offset, pages, 5 * PAGE_SIZE), 0);

	s = section(e, ".xen_p2m");
	ck_assert_uint_eq(s->sh_size, 5 * sizeof(*p2m));
	p2m = (const struct core_page *)(text + s->sh_offset);
	ck_assert(p2m[0].pfn == 10 && p2m[0].mfn == 1000);
	ck_assert(p2m[4].pfn == 14 && p2m[4].mfn == 1004);

	s = section(e, ".xen_prstatus");
	ck_assert_uint_eq(s->sh_size, sizeof(vcpus));
	ck_assert_int_eq(memcmp(text + s->sh_offset, vcpus, sizeof(vcpus)), 0);
	s = section(e, ".xen_shared_info");
	ck_assert_uint_eq(s->sh_size, PAGE_SIZE);
	ck_assert_str_eq((const char *)text + s->sh_offset, "shared");

	s = section(e, ".note.Xen");
	ck_assert_ptr_nonnull(
		note(text + s->sh_offset, s->sh_size, "Xen", XEN_ELFNOTE_DUMPCORE_NONE, 0, 0));
	memcpy(words,
	       note(text + s->sh_offset, s->sh_size, "Xen", XEN_ELFNOTE_DUMPCORE_HEADER, 0, 32),
	       32);
	ck_assert(words[0] == 0xf00febed && words[1] == 2 && words[2] == 5 && words[3] == 4096);
	memcpy(words,
	       note(text + s->sh_offset, s->sh_size, "Xen", XEN_ELFNOTE_DUMPCORE_XEN_VERSION, 0,
		    1280),
	       16);
	ck_assert(words[0] == 4 && words[1] == 17);
	memcpy(words,
	       note(text + s->sh_offset, s->sh_size, "Xen", XEN_ELFNOTE_DUMPCORE_FORMAT_VERSION, 0,
		    8),
	       8);
	ck_assert(words[0] == 1);
	ck_assert_ptr_null(note(text + s->sh_offset, s->sh_size, "Xen", 1, 0, 0));
}
END_TEST

static uint64_t reg(const Elf64_Phdr *notes, unsigned int vcpu, size_t offset)
{
	struct elf_prstatus status;
	uint64_t value;

	memcpy(&status,
	       note(text + notes->p_offset, notes->p_filesz, "CORE", NT_PRSTATUS, vcpu,
		    sizeof(status)),
	       sizeof(status));
	memcpy(&value, (const char *)&status.pr_reg + offset, sizeof(value));
	return value;
}

#define REG(notes, vcpu, name) reg(notes, vcpu, offsetof(struct user_regs_struct, name))

START_TEST(addresses_and_registers_as_gdb_wants_them)
{
	const Elf64_Phdr *p;
	const Elf64_Ehdr *e;

	strcpy(pages[3], "here");
	ck_assert_int_eq(add(0, 10), 0);
	ck_assert_int_eq(core_file_map(&core, 0x1000, 7), 0);
	ck_assert_int_eq(core_file_map(&core, ADDRESS, 2), 0);
	ck_assert_int_eq(core_file_map(&core, ADDRESS + PAGE_SIZE, 3), 0);
	/* Behind it at once, and elsewhere in the file. */
	ck_assert_int_eq(core_file_map(&core, ADDRESS + 2 * PAGE_SIZE, 7), 0);
	ck_assert_int_eq(core_file_map(&core, ADDRESS + 4 * PAGE_SIZE, 8), 0);
	/* No page of the file, and an address that was there already. */
	ck_assert_int_eq(core_file_map(&core, ADDRESS + 5 * PAGE_SIZE, 10), -EINVAL);
	ck_assert_int_eq(core_file_map(&core, ADDRESS, 9), -EINVAL);

	e = finish();
	p = (const Elf64_Phdr *)(text + e->e_phoff);
	ck_assert_int_eq(e->e_phnum, 5);
	ck_assert_uint_eq(p[0].p_type, PT_NOTE);
	ck_assert(p[1].p_vaddr == 0x1000 && p[1].p_filesz == PAGE_SIZE);
	ck_assert(p[2].p_vaddr == ADDRESS && p[2].p_filesz == 2 * PAGE_SIZE);
	ck_assert_str_eq((const char *)text + p[2].p_offset + PAGE_SIZE, "here");
	ck_assert(p[3].p_vaddr == ADDRESS + 2 * PAGE_SIZE && p[3].p_filesz == PAGE_SIZE);
	ck_assert(p[4].p_vaddr == ADDRESS + 4 * PAGE_SIZE);

	ck_assert_uint_eq(REG(&p[0], 0, rip), ADDRESS + 0x123);
	ck_assert_uint_eq(REG(&p[0], 0, r15), 15);
	ck_assert_uint_eq(REG(&p[0], 0, gs_base), 0x4000);
	ck_assert_uint_eq(REG(&p[0], 1, rip), 0x1000);
	ck_assert_uint_eq(REG(&p[0], 1, gs_base), 0x5000);
}
END_TEST

START_TEST(zeros_take_no_room)
{
	struct stat st;

	pages[300][7] = 1;
	ck_assert_int_eq(add(0, PAGES_MAX), 0);
	ck_assert_int_eq(add(0, 1), -E2BIG);
	ck_assert_int_eq(core_file_end(&core), 0);
	ck_assert_int_eq(fstat(fileno(file), &st), 0);
	ck_assert_int_ge(st.st_size, PAGES_MAX * (off_t)PAGE_SIZE);
	ck_assert_int_lt(st.st_blocks * 512, 100 * (off_t)PAGE_SIZE);
}
END_TEST

/* A guest may map what it has in as many pieces as it likes. */
START_TEST(pieces_are_bounded)
{
	ck_assert_int_eq(add(0, 2), 0);
	/* One page again and again is one piece. */
	for (uint64_t i = 0; i < 1000; i++)
		ck_assert_int_eq(core_file_map(&core, i * PAGE_SIZE, 1), 0);
	ck_assert_uint_eq(core.piece_count, 1);

	for (uint64_t i = 1000; i < CORE_PIECES_MAX + 1000; i++)
		ck_assert_int_eq(core_file_map(&core, 2 * i * PAGE_SIZE, i % 2), 0);

	ck_assert(core.pieces_lost);
	ck_assert_int_eq(finish()->e_phnum, CORE_PIECES_MAX + 1);
}
END_TEST

START_TEST(a_full_disk_is_told)
{
	struct core_file other;
	FILE *full = fopen("/dev/full", "r+");

	ck_assert_ptr_nonnull(full);
	ck_assert_int_eq(core_file_begin(&other, fileno(full), &about), -ENOSPC);
	core_file_free(&other);
	fclose(full);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("core_file");
	TCase *t = tcase_create("core_file");

	suite_add_tcase(suite, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, sections_as_xen_has_them);
	tcase_add_test(t, addresses_and_registers_as_gdb_wants_them);
	tcase_add_test(t, zeros_take_no_room);
	tcase_add_test(t, pieces_are_bounded);
	tcase_add_test(t, a_full_disk_is_told);

	return suites_run(suite);
}
