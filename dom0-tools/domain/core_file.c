/* SPDX-License-Identifier: MIT */
/*
 * The layout of a core. What comes before the pages has its place from the start, with room for as
 * many pages as there may be; what follows them is written last, and the ELF header after all.
 */
#include "core_file.h"

#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/procfs.h>
#include <unistd.h>
#include <pvabi/elfnote.h>
#include <dom0-tools/base/array.h>
#include <dom0-tools/base/file.h>

/* In the note of the header: a PV domain. */
#define XC_CORE_MAGIC  0xF00FEBEDULL
#define FORMAT_VERSION 1ULL /* 0.1: major in the upper half */

#define XEN_NAME     "Xen"
#define GDB_NAME     "CORE"
#define PIECES_FIRST 256

/* As Xen's documentation has them. */
struct note_header {
	uint64_t magic, vcpus, pages, page_size;
};

struct note_version {
	uint64_t major, minor;
	xen_extraversion_t extra;
	struct xen_compile_info compile;
	xen_capabilities_info_t capabilities;
	xen_changeset_info_t changeset;
	uint64_t virt_start;
	uint64_t page_size;
};
_Static_assert(sizeof(struct note_version) == 1280, "as the format has it");

/* Notes, one behind the other, each part a multiple of four bytes. */
struct notes {
	size_t used;
	char bytes[1536];
};

static size_t note_part(size_t size)
{
	return (size + 3) / 4 * 4;
}

#define NOTE_SIZE(name, data) (sizeof(Elf64_Nhdr) + (sizeof(name) + 3) / 4 * 4 + (data))

/* What the notes of .note.Xen take, and those of one vcpu for gdb. */
#define XEN_NOTES_SIZE                                                              \
	(NOTE_SIZE(XEN_NAME, 0) + NOTE_SIZE(XEN_NAME, sizeof(struct note_header)) + \
	 NOTE_SIZE(XEN_NAME, sizeof(struct note_version)) + NOTE_SIZE(XEN_NAME, sizeof(uint64_t)))
#define GDB_NOTE_SIZE NOTE_SIZE(GDB_NAME, sizeof(struct elf_prstatus))

static void note_add(struct notes *n, const char *name, uint32_t type, const void *data,
		     size_t size)
{
	size_t name_size = strlen(name) + 1;
	Elf64_Nhdr header = {
		.n_namesz = (Elf64_Word)name_size,
		.n_descsz = (Elf64_Word)size,
		.n_type = type,
	};

	memcpy(n->bytes + n->used, &header, sizeof(header));
	n->used += sizeof(header);
	memcpy(n->bytes + n->used, name, name_size);
	n->used += note_part(name_size);
	if (size > 0)
		memcpy(n->bytes + n->used, data, size);
	n->used += note_part(size);
}

enum section { S_NULL, S_NAMES, S_NOTES, S_PRSTATUS, S_SHARED, S_P2M, S_PAGES, S_COUNT };

static const char *const section_names[S_COUNT] = {
	[S_NULL] = "",
	[S_NAMES] = ".shstrtab",
	[S_NOTES] = ".note.Xen",
	[S_PRSTATUS] = ".xen_prstatus",
	[S_SHARED] = ".xen_shared_info",
	[S_P2M] = ".xen_p2m",
	[S_PAGES] = ".xen_pages",
};

#define NAMES_MAX   128
#define SECTIONS_AT sizeof(Elf64_Ehdr)
#define NAMES_AT    (SECTIONS_AT + S_COUNT * sizeof(Elf64_Shdr))
#define NOTES_AT    (NAMES_AT + NAMES_MAX)

static uint64_t align_up(uint64_t value, uint64_t to)
{
	return (value + to - 1) / to * to;
}

int core_file_begin(struct core_file *c, int fd, const struct core_about *about)
{
	uint64_t prstatus_size = (uint64_t)about->vcpu_count * sizeof(*about->vcpus);
	int rc;

	*c = (struct core_file){ .fd = fd, .about = *about };
	c->pieces = calloc(PIECES_FIRST, sizeof(*c->pieces));
	if (c->pieces == NULL)
		return -ENOMEM;

	c->prstatus_at = align_up(NOTES_AT + XEN_NOTES_SIZE, 16);
	c->shared_at = align_up(c->prstatus_at + prstatus_size, 16);
	c->p2m_at = c->shared_at + PAGE_SIZE;
	c->pages_at = align_up(c->p2m_at + about->pages_max * sizeof(struct core_page), PAGE_SIZE);

	rc = file_write_at(fd, about->vcpus, prstatus_size, (off_t)c->prstatus_at);
	if (rc == 0)
		rc = file_write_at(fd, about->shared, PAGE_SIZE, (off_t)c->shared_at);
	return rc;
}

static bool is_zero(const void *data)
{
	const uint64_t *words = data;

	for (size_t i = 0; i < PAGE_SIZE / sizeof(*words); i++) {
		if (words[i] != 0)
			return false;
	}

	return true;
}

/* Pages that are not zero in one write for as many as stand together. */
static int data_write(const struct core_file *c, const char *data, size_t count)
{
	uint64_t at = c->pages_at + c->pages * PAGE_SIZE;
	size_t first = 0;
	int rc = 0;

	while (first < count && rc == 0) {
		size_t n = 0;

		while (first + n < count && !is_zero(data + (first + n) * PAGE_SIZE))
			n++;
		if (n > 0)
			rc = file_write_at(c->fd, data + first * PAGE_SIZE, n * PAGE_SIZE,
					   (off_t)(at + first * PAGE_SIZE));
		first += n + 1;
	}

	return rc;
}

int core_file_pages(struct core_file *c, const struct core_page *pages, const void *data,
		    size_t count)
{
	uint64_t entries_at = c->p2m_at + c->pages * sizeof(*pages);
	int rc;

	if (count > c->about.pages_max - c->pages)
		return -E2BIG;

	rc = file_write_at(c->fd, pages, count * sizeof(*pages), (off_t)entries_at);
	if (rc == 0)
		rc = data_write(c, data, count);
	if (rc == 0)
		c->pages += count;
	return rc;
}

/* Room for one more, doubled from time to time. False: it is not to be had. */
static bool pieces_room(struct core_file *c)
{
	struct core_piece *grown;
	uint32_t count = c->piece_count;

	if (count < PIECES_FIRST || (count & (count - 1)) != 0)
		return true;
	if (count >= CORE_PIECES_MAX)
		return false;

	grown = reallocarray(c->pieces, 2 * (size_t)count, sizeof(*grown));
	if (grown == NULL)
		return false;

	c->pieces = grown;
	return true;
}

int core_file_map(struct core_file *c, uint64_t address, uint64_t index)
{
	struct core_piece *last = c->piece_count > 0 ? &c->pieces[c->piece_count - 1] : NULL;

	if (index >= c->pages)
		return -EINVAL;
	if (last != NULL && address == last->address + last->count * PAGE_SIZE &&
	    index == last->index + last->count) {
		last->count++;
		return 0;
	}
	/* One page again and again, as in the empty part of a p2m, is told of once. */
	if (last != NULL && last->count == 1 && index == last->index && address > last->address)
		return 0;
	if (last != NULL && address < last->address + last->count * PAGE_SIZE)
		return -EINVAL;

	if (c->piece_count >= CORE_PIECES_MAX || !pieces_room(c)) {
		c->pieces_lost = true;
		return 0;
	}

	c->pieces[c->piece_count++] = (struct core_piece){ address, index, 1 };
	return 0;
}

static void version_set(struct note_version *to, const struct host_version *from)
{
	to->major = from->major;
	to->minor = from->minor;
	memcpy(to->extra, from->extra, sizeof(to->extra));
	to->compile = from->compile;
	memcpy(to->capabilities, from->capabilities, sizeof(to->capabilities));
	memcpy(to->changeset, from->changeset, sizeof(to->changeset));
	to->virt_start = from->virt_start;
	to->page_size = from->page_size;
}

static int notes_write(const struct core_file *c)
{
	struct notes n = { .used = 0 };
	struct note_version version = { 0 };
	struct note_header header = {
		.magic = XC_CORE_MAGIC,
		.vcpus = c->about.vcpu_count,
		.pages = c->pages,
		.page_size = PAGE_SIZE,
	};
	uint64_t format = FORMAT_VERSION;

	version_set(&version, c->about.version);
	note_add(&n, XEN_NAME, XEN_ELFNOTE_DUMPCORE_NONE, NULL, 0);
	note_add(&n, XEN_NAME, XEN_ELFNOTE_DUMPCORE_HEADER, &header, sizeof(header));
	note_add(&n, XEN_NAME, XEN_ELFNOTE_DUMPCORE_XEN_VERSION, &version, sizeof(version));
	note_add(&n, XEN_NAME, XEN_ELFNOTE_DUMPCORE_FORMAT_VERSION, &format, sizeof(format));

	return file_write_at(c->fd, n.bytes, n.used, NOTES_AT);
}

/* The names, one behind the other; *place of each. */
static int names_write(const struct core_file *c, uint32_t place[S_COUNT])
{
	char names[NAMES_MAX] = "";
	size_t used = 0;

	for (int s = 0; s < S_COUNT; s++) {
		place[s] = (uint32_t)used;
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s",
					 section_names[s]) +
			1;
	}

	return file_write_at(c->fd, names, sizeof(names), NAMES_AT);
}

static int sections_write(const struct core_file *c)
{
	Elf64_Shdr s[S_COUNT] = {
		[S_NAMES] = { .sh_type = SHT_STRTAB, .sh_offset = NAMES_AT, .sh_size = NAMES_MAX },
		[S_NOTES] = { .sh_type = SHT_NOTE,
			      .sh_offset = NOTES_AT,
			      .sh_size = XEN_NOTES_SIZE,
			      .sh_addralign = 4 },
		[S_PRSTATUS] = { .sh_type = SHT_PROGBITS,
				 .sh_offset = c->prstatus_at,
				 .sh_size = c->about.vcpu_count * sizeof(*c->about.vcpus),
				 .sh_addralign = 8,
				 .sh_entsize = sizeof(*c->about.vcpus) },
		[S_SHARED] = { .sh_type = SHT_PROGBITS,
			       .sh_offset = c->shared_at,
			       .sh_size = PAGE_SIZE,
			       .sh_addralign = 8,
			       .sh_entsize = PAGE_SIZE },
		[S_P2M] = { .sh_type = SHT_PROGBITS,
			    .sh_offset = c->p2m_at,
			    .sh_size = c->pages * sizeof(struct core_page),
			    .sh_addralign = 8,
			    .sh_entsize = sizeof(struct core_page) },
		[S_PAGES] = { .sh_type = SHT_PROGBITS,
			      .sh_offset = c->pages_at,
			      .sh_size = c->pages * PAGE_SIZE,
			      .sh_addralign = PAGE_SIZE,
			      .sh_entsize = PAGE_SIZE },
	};
	uint32_t place[S_COUNT];
	int rc = names_write(c, place);

	for (int i = 0; i < S_COUNT; i++)
		s[i].sh_name = place[i];

	return rc < 0 ? rc : file_write_at(c->fd, s, sizeof(s), SECTIONS_AT);
}

/* Registers in the order of Linux's struct user_regs_struct, which is gdb's. */
static void status_set(struct elf_prstatus *status, const struct vcpu_guest_context *v, int number)
{
	const struct cpu_user_regs *r = &v->user_regs;
	bool in_kernel = (v->flags & VGCF_in_kernel) != 0;
	const elf_greg_t regs[] = {
		r->r15,
		r->r14,
		r->r13,
		r->r12,
		r->rbp,
		r->rbx,
		r->r11,
		r->r10,
		r->r9,
		r->r8,
		r->rax,
		r->rcx,
		r->rdx,
		r->rsi,
		r->rdi,
		r->rax,
		r->rip,
		r->cs,
		r->rflags,
		r->rsp,
		r->ss,
		v->fs_base,
		in_kernel ? v->gs_base_kernel : v->gs_base_user,
		r->ds,
		r->es,
		r->fs,
		r->gs,
	};
	_Static_assert(sizeof(regs) == sizeof(status->pr_reg), "all registers, and no more");

	memset(status, 0, sizeof(*status));
	status->pr_pid = number + 1; /* to gdb 0 is no thread */
	memcpy(&status->pr_reg, regs, sizeof(regs));
}

static int gdb_notes_write(const struct core_file *c, uint64_t at)
{
	int rc = 0;

	for (uint32_t i = 0; i < c->about.vcpu_count && rc == 0; i++) {
		struct notes n = { .used = 0 };
		struct elf_prstatus status;

		status_set(&status, &c->about.vcpus[i], (int)i);
		note_add(&n, GDB_NAME, NT_PRSTATUS, &status, sizeof(status));
		rc = file_write_at(c->fd, n.bytes, n.used, (off_t)(at + i * GDB_NOTE_SIZE));
	}

	return rc;
}

static int programs_write(const struct core_file *c, uint64_t notes_at, uint64_t at)
{
	uint64_t notes_size = c->about.vcpu_count * GDB_NOTE_SIZE;
	Elf64_Phdr p = {
		.p_type = PT_NOTE,
		.p_offset = notes_at,
		.p_filesz = notes_size,
		.p_align = 4,
	};
	int rc = file_write_at(c->fd, &p, sizeof(p), (off_t)at);

	for (uint32_t i = 0; i < c->piece_count && rc == 0; i++) {
		const struct core_piece *piece = &c->pieces[i];

		p = (Elf64_Phdr){
			.p_type = PT_LOAD,
			.p_flags = PF_R | PF_W | PF_X,
			.p_offset = c->pages_at + piece->index * PAGE_SIZE,
			.p_vaddr = piece->address,
			.p_filesz = piece->count * PAGE_SIZE,
			.p_memsz = piece->count * PAGE_SIZE,
			.p_align = PAGE_SIZE,
		};
		rc = file_write_at(c->fd, &p, sizeof(p), (off_t)(at + (i + 1) * sizeof(p)));
	}

	return rc;
}

static int header_write(const struct core_file *c, uint64_t programs_at)
{
	Elf64_Ehdr e = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT, ELFOSABI_SYSV },
		.e_type = ET_CORE,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_phoff = programs_at,
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = (Elf64_Half)(c->piece_count + 1),
		.e_shoff = SECTIONS_AT,
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = S_COUNT,
		.e_shstrndx = S_NAMES,
	};

	return file_write_at(c->fd, &e, sizeof(e), 0);
}

int core_file_end(struct core_file *c)
{
	uint64_t notes_at = c->pages_at + c->pages * PAGE_SIZE;
	uint64_t programs_at = notes_at + c->about.vcpu_count * GDB_NOTE_SIZE;
	int rc;

	programs_at = align_up(programs_at, 8);
	rc = notes_write(c);
	if (rc == 0)
		rc = sections_write(c);
	if (rc == 0)
		rc = gdb_notes_write(c, notes_at);
	if (rc == 0)
		rc = programs_write(c, notes_at, programs_at);
	if (rc == 0)
		rc = header_write(c, programs_at);

	return rc;
}

void core_file_free(struct core_file *c)
{
	free(c->pieces);
	c->pieces = NULL;
}
