/* SPDX-License-Identifier: MIT */
/*
 * Copies parts of an ELF file. Each header is read back from the copy before it is followed, so
 * that all that is followed is what elf_parse() will see; a part outside the file is left for it to
 * refuse.
 */
#include "kernel_elf.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <dom0-tools/base/file.h>
#include <dom0-tools/base/progress.h>
#include <pvabi/load/elf.h>

#define PIECE (64UL << 10)
/* Sections that are no notes: the words of old kernels for Xen have less. */
#define SECTION_SMALL 4096

struct taking {
	int from, to;
	uint64_t size; /* of both */
	uint64_t limit, taken;
	struct hospes_error *err;
};

bool kernel_is_elf(int fd)
{
	uint8_t magic[SELFMAG];

	return file_read_at(fd, magic, sizeof(magic), 0) == 0 && elf_is_elf(magic, sizeof(magic));
}

static int take(struct taking *t, uint64_t offset, uint64_t length)
{
	uint8_t piece[PIECE];
	int rc = 0;

	if (offset > t->size || length > t->size - offset)
		return 0;

	if (length > t->limit - t->taken)
		return error_set(t->err, -EFBIG,
				 "the kernel loads more than %lu MiB: too much for this guest",
				 t->limit >> 20);

	t->taken += length;
	for (uint64_t at = 0; at < length && rc == 0; at += PIECE) {
		size_t n = length - at < PIECE ? length - at : PIECE;

		rc = file_read_at(t->from, piece, n, (off_t)(offset + at));
		if (rc == 0)
			rc = file_write_at(t->to, piece, n, (off_t)(offset + at));
		progress_bytes(t->taken, 0);
	}
	return rc;
}

static int programs_take(struct taking *t, const Elf64_Ehdr *h)
{
	Elf64_Phdr p;
	uint64_t length = h->e_phnum * sizeof(p);
	int rc;

	if (h->e_phentsize != sizeof(p) || h->e_phnum > ELF_PROGRAMS_MAX)
		return 0;
	if (h->e_phoff > t->size || length > t->size - h->e_phoff)
		return 0;

	rc = take(t, h->e_phoff, length);
	for (unsigned int i = 0; i < h->e_phnum && rc == 0; i++) {
		rc = file_read_at(t->to, &p, sizeof(p), (off_t)(h->e_phoff + i * sizeof(p)));
		if (rc == 0 && (p.p_type == PT_LOAD || p.p_type == PT_NOTE))
			rc = take(t, p.p_offset, p.p_filesz);
	}
	return rc;
}

static bool section_wanted(const Elf64_Ehdr *h, unsigned int index, const Elf64_Shdr *s)
{
	if (s->sh_type == SHT_NOBITS)
		return false;

	return s->sh_type == SHT_NOTE || index == h->e_shstrndx || s->sh_size <= SECTION_SMALL;
}

static int sections_take(struct taking *t, const Elf64_Ehdr *h)
{
	Elf64_Shdr s;
	uint64_t length = h->e_shnum * sizeof(s);
	int rc;

	if (h->e_shentsize != sizeof(s) || h->e_shoff > t->size || length > t->size - h->e_shoff)
		return 0;

	rc = take(t, h->e_shoff, length);
	for (unsigned int i = 0; i < h->e_shnum && rc == 0; i++) {
		rc = file_read_at(t->to, &s, sizeof(s), (off_t)(h->e_shoff + i * sizeof(s)));
		if (rc == 0 && section_wanted(h, i, &s))
			rc = take(t, s.sh_offset, s.sh_size);
	}
	return rc;
}

static int parts_take(struct taking *t)
{
	Elf64_Ehdr h;
	int rc;

	if (ftruncate(t->to, (off_t)t->size) < 0)
		return -errno;
	if (t->size < sizeof(h))
		return take(t, 0, t->size);

	rc = take(t, 0, sizeof(h));
	if (rc == 0)
		rc = file_read_at(t->to, &h, sizeof(h), 0);
	if (rc == 0)
		rc = programs_take(t, &h);
	if (rc == 0)
		rc = sections_take(t, &h);

	return rc;
}

int kernel_elf_take(int fd, uint64_t size, uint64_t limit, struct hospes_error *err)
{
	struct taking t = { .from = fd, .size = size, .limit = limit, .err = err };
	int rc;

	t.to = memfd_create("kernel", MFD_CLOEXEC);
	if (t.to < 0)
		return error_set(err, -errno, "no place to copy the kernel to: %s",
				 strerror(errno));

	rc = parts_take(&t);
	if (rc == 0)
		return t.to;

	close(t.to);
	return rc == -EFBIG ? rc : error_set(err, rc, "cannot read the kernel: %s", strerror(-rc));
}
