/* SPDX-License-Identifier: MIT */
/*
 * Reads an ELF64 kernel: its loadable pieces, and the notes by which it says how it wants to be
 * started (names and numbers: pvabi/elfnote.h). Pure, and the file is hostile: every offset is
 * checked against the size before use, and structs are copied out of it, as nothing in it need be
 * aligned. Where the pieces go in memory is left to dom0.c.
 */
#include <boot/boot.h>

#include <lib/fail.h>
#include <lib/string.h>
#include <pvabi/elfnote.h>

struct elf_header {
	u8 ident[16];
	u16 type, machine;
	u32 version;
	u64 entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf_segment {
	u32 type, flags;
	u64 offset, vaddr, paddr, filesz, memsz, align;
};

struct elf_note {
	u32 namesz, descsz, type;
};

#define ET_EXEC      2
#define ET_DYN       3
#define EM_X86_64    62
#define PT_LOAD      1
#define PT_NOTE      4
#define SEGMENTS_MAX 64          /* Linux has 5, the largest known kernels 10 */
#define KERNEL_MAX   (1ul << 30) /* bytes in memory: what an initial mapping can reasonably hold */

/* True if [off, off + n) lies in a file of @size bytes. */
static bool range_ok(u64 off, u64 n, u64 size)
{
	return off <= size && n <= size - off;
}

static int header_read(const u8 *data, u64 size, struct elf_header *h)
{
	if (size < sizeof(*h) || memcmp(data, "\177ELF", 4))
		return fail(-ENOEXEC, "not an ELF file");
	memcpy(h, data, sizeof(*h));
	if (h->ident[4] != 2 || h->ident[5] != 1 || h->machine != EM_X86_64)
		return fail(-ENOEXEC,
			    "not a 64-bit x86 ELF file (class %u, byte order %u, machine "
			    "%u)",
			    h->ident[4], h->ident[5], h->machine);
	if (h->type != ET_EXEC && h->type != ET_DYN)
		return fail(-ENOEXEC, "ELF type %u is not a program", h->type);
	if (h->phentsize != sizeof(struct elf_segment) || !h->phnum || h->phnum > SEGMENTS_MAX)
		return fail(-ENOEXEC, "%u program headers of %u bytes", h->phnum, h->phentsize);
	if (!range_ok(h->phoff, h->phnum * sizeof(struct elf_segment), size))
		return fail(-ENOEXEC, "program headers at %lu lie outside the file of %lu bytes",
			    h->phoff, size);
	return 0;
}

static void segment_read(const u8 *data, const struct elf_header *h, u32 i, struct elf_segment *s)
{
	memcpy(s, data + h->phoff + i * sizeof(*s), sizeof(*s));
}

static int segment_check(const struct elf_segment *s, u32 i, u64 size)
{
	if (!range_ok(s->offset, s->filesz, size))
		return fail(-ENOEXEC,
			    "segment %u lies outside the file (offset %lu, %lu bytes of "
			    "%lu)",
			    i, s->offset, s->filesz, size);
	if (s->type != PT_LOAD)
		return 0;
	if (s->filesz > s->memsz)
		return fail(-ENOEXEC, "segment %u has %lu bytes in the file, but %lu in memory", i,
			    s->filesz, s->memsz);
	if (s->memsz > KERNEL_MAX || s->paddr + s->memsz < s->paddr)
		return fail(-ENOEXEC, "segment %u of %lu bytes at %lx is too large", i, s->memsz,
			    s->paddr);
	return 0;
}

/*
 * Extent of all loadable segments, by p_paddr: the ABI's layout goes by these (p_vaddr of per-CPU
 * data differs).
 */
static int segments_scan(const u8 *data, u64 size, const struct elf_header *h, u64 *start, u64 *end)
{
	struct elf_segment s;

	*start = ~0ul;
	*end = 0;
	for (u32 i = 0; i < h->phnum; i++) {
		int err;

		segment_read(data, h, i, &s);
		err = segment_check(&s, i, size);
		if (err)
			return err;
		if (s.type != PT_LOAD || !s.memsz)
			continue;
		*start = MIN(*start, s.paddr);
		*end = MAX(*end, s.paddr + s.memsz);
	}
	if (*start >= *end || *end - *start > KERNEL_MAX)
		return fail(-ENOEXEC, "nothing to load, or too much (%lx to %lx)", *start, *end);
	return 0;
}

/* Where the numbers of notes go; we have no use for others. */
#define FIELD(name) offsetof(struct elf_image, name)
static const struct {
	u32 type, offset;
} note_fields[] = {
	{ XEN_ELFNOTE_ENTRY, FIELD(entry) },
	{ XEN_ELFNOTE_HYPERCALL_PAGE, FIELD(hypercall_page) },
	{ XEN_ELFNOTE_VIRT_BASE, FIELD(virt_base) },
	{ XEN_ELFNOTE_PADDR_OFFSET, FIELD(paddr_offset) },
	{ XEN_ELFNOTE_INIT_P2M, FIELD(init_p2m) },
	{ XEN_ELFNOTE_MOD_START_PFN, FIELD(mod_start_pfn) },
	{ XEN_ELFNOTE_SUPPORTED_FEATURES, FIELD(features) },
};

/* Numbers have 1, 2, 4 or 8 bytes, little endian as we are; other sizes read as 0. */
static void note_take(struct elf_image *img, u32 type, const u8 *desc, u32 n)
{
	u64 v = 0;

	if (n == 1 || n == 2 || n == 4 || n == 8)
		memcpy(&v, desc, n);
	for (u32 i = 0; i < ARRAY_SIZE(note_fields); i++)
		if (note_fields[i].type == type)
			*(u64 *)((u8 *)img + note_fields[i].offset) = v;
	if (type == XEN_ELFNOTE_GUEST_OS)
		str_copy(img->guest_os, n && !desc[n - 1] ? (const char *)desc : "?",
			 sizeof(img->guest_os));
}

/*
 * Takes all notes named Xen out of @n bytes at @p. True if there was one. Ends quietly at the first
 * broken one.
 */
static bool notes_scan(struct elf_image *img, const u8 *p, u64 n)
{
	struct elf_note note;
	bool found = false;

	while (n >= sizeof(note)) {
		u64 name, desc;

		memcpy(&note, p, sizeof(note));
		name = ROUND_UP((u64)note.namesz, 4);
		desc = ROUND_UP((u64)note.descsz, 4);
		p += sizeof(note);
		n -= sizeof(note);
		if (name > n || note.descsz > n - name)
			break;
		if (note.namesz == 4 && !memcmp(p, "Xen", 4)) {
			note_take(img, note.type, p + name, note.descsz);
			found = true;
		}
		p += MIN(name + desc, n); /* the last one's padding may be missing */
		n -= MIN(name + desc, n);
	}
	return found;
}

static bool segments_notes(struct elf_image *img, const struct elf_header *h)
{
	struct elf_segment s;
	bool found = false;

	for (u32 i = 0; i < h->phnum; i++) {
		segment_read(img->data, h, i, &s);
		if (s.type == PT_NOTE) /* in the file: segment_check */
			found |= notes_scan(img, img->data + s.offset, s.filesz);
	}
	return found;
}

/* Addresses that the notes name must lie in the kernel, whose extent must not wrap. */
static int image_check(const struct elf_image *img)
{
	if (img->virt_start < img->virt_base || img->virt_end <= img->virt_start)
		return fail(-ENOEXEC, "virtual addresses %lx to %lx with base %lx wrap",
			    img->virt_start, img->virt_end, img->virt_base);
	if (img->entry < img->virt_start || img->entry >= img->virt_end)
		return fail(-ENOEXEC, "entry %lx lies outside %lx to %lx", img->entry,
			    img->virt_start, img->virt_end);
	if (img->hypercall_page != ELF_NONE &&
	    (img->hypercall_page % PAGE_SIZE || img->hypercall_page < img->virt_start ||
	     img->hypercall_page > img->virt_end - PAGE_SIZE))
		return fail(-ENOEXEC, "hypercall page %lx lies outside %lx to %lx",
			    img->hypercall_page, img->virt_start, img->virt_end);
	return 0;
}

int elf_parse(const void *data, u64 size, struct elf_image *out)
{
	struct elf_header h;
	u64 start, end;
	int err;

	err = header_read(data, size, &h);
	if (!err)
		err = segments_scan(data, size, &h, &start, &end);
	if (err)
		return err;
	*out = (struct elf_image){ .data = data,
				   .size = size,
				   .phys_start = start,
				   .entry = h.entry,
				   .hypercall_page = ELF_NONE,
				   .init_p2m = ELF_NONE,
				   .features = ~0ul };
	if (!segments_notes(out, &h))
		return fail(-ENOEXEC, "no notes named Xen: the kernel has no support for this way "
				      "of running");
	out->virt_start = start - out->paddr_offset + out->virt_base;
	out->virt_end = end - out->paddr_offset + out->virt_base;
	return image_check(out);
}

void elf_load(const struct elf_image *img, elf_put_t *put, void *arg)
{
	struct elf_header h;
	struct elf_segment s;

	memcpy(&h, img->data, sizeof(h));
	for (u32 i = 0; i < h.phnum; i++) {
		segment_read(img->data, &h, i, &s);
		if (s.type == PT_LOAD && s.filesz)
			put(s.paddr - img->phys_start, img->data + s.offset, s.filesz, arg);
	}
}
