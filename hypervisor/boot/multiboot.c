/* SPDX-License-Identifier: MIT */
/*
 * Multiboot2 information: a list of tags that the loader left in memory. Everything is copied out, as
 * its memory is used again; every length is checked against the tag and the list. Pure but for
 * multiboot_parse at the end.
 */
#include <boot/multiboot.h>
#include <lib/string.h>

struct mb2_tag {
	u32 type, size;
};

enum {
	TAG_END = 0,
	TAG_CMDLINE = 1,
	TAG_LOADER = 2,
	TAG_MODULE = 3,
	TAG_MMAP = 6,
	TAG_FRAMEBUFFER = 8,
	TAG_EFI32 = 11,
	TAG_EFI64 = 12,
	TAG_ACPI_OLD = 14,
	TAG_ACPI_NEW = 15,
};

#define RSDP_SIZE_V1 20
#define RSDP_SIZE_V2 36
#define FB_TYPE_RGB 1

struct scan {
	struct boot_info *bi;
	struct e820_entry *map;
	u32 map_max, *n_map;
};

static u32 get32(const u8 *p)
{
	u32 v;

	memcpy(&v, p, 4);
	return v;
}

static u64 get64(const u8 *p)
{
	u64 v;

	memcpy(&v, p, 8);
	return v;
}

/* A string inside a tag, which need not end there. False if it is too long for @dst. */
static bool copy_string(char *dst, size_t size, const u8 *src, u32 n)
{
	size_t len = strnlen((const char *)src, n);

	memcpy(dst, src, MIN(len, size - 1));
	dst[MIN(len, size - 1)] = 0;
	return len < size;
}

static const char *scan_cmdline(struct scan *s, const u8 *body, u32 n)
{
	return copy_string(s->bi->cmdline, sizeof(s->bi->cmdline), body, n) ? NULL :
	       "the hypervisor's command line is longer than 2047 characters";
}

static const char *scan_loader(struct scan *s, const u8 *body, u32 n)
{
	copy_string(s->bi->loader, sizeof(s->bi->loader), body, n);
	return NULL;
}

static const char *scan_module(struct scan *s, const u8 *body, u32 n)
{
	struct boot_module *m = &s->bi->module[s->bi->n_modules];

	if (n < 8)
		return "a module's tag is too short";
	if (s->bi->n_modules == BOOT_MODULES_MAX)
		return "more than 8 modules";
	m->start = get32(body);
	m->end = get32(body + 4);
	if (m->end < m->start)
		return "a module ends before it starts";
	if (!copy_string(m->cmdline, sizeof(m->cmdline), body + 8, n - 8))
		return "a module's command line is longer than 2047 characters";
	s->bi->n_modules++;
	return NULL;
}

static const char *scan_mmap(struct scan *s, const u8 *body, u32 n)
{
	u32 entry_size, at = 8;

	if (n < 8)
		return "the memory map's tag is too short";
	entry_size = get32(body);
	if (entry_size < 20 || entry_size > 1024)
		return "the memory map's entries have an impossible size";
	*s->n_map = 0;
	for (; at <= n && n - at >= entry_size; at += entry_size) {
		if (*s->n_map == s->map_max)
			return "the memory map has more entries than we keep (128)";
		s->map[(*s->n_map)++] = (struct e820_entry){
			.addr = get64(body + at),
			.size = get64(body + at + 8),
			.type = get32(body + at + 16),
		};
	}
	return NULL;
}

static const char *scan_framebuffer(struct scan *s, const u8 *body, u32 n)
{
	if (n < 22)
		return "the framebuffer's tag is too short";
	s->bi->fb.text = body[21] != FB_TYPE_RGB;
	if (body[21] != FB_TYPE_RGB || n < 30)
		return NULL;
	s->bi->fb.valid = true;
	s->bi->fb.addr = get64(body);
	s->bi->fb.pitch = get32(body + 8);
	s->bi->fb.width = get32(body + 12);
	s->bi->fb.height = get32(body + 16);
	s->bi->fb.bpp = body[20];
	s->bi->fb.red_pos = body[24];
	s->bi->fb.red_size = body[25];
	s->bi->fb.green_pos = body[26];
	s->bi->fb.green_size = body[27];
	s->bi->fb.blue_pos = body[28];
	s->bi->fb.blue_size = body[29];
	return NULL;
}

static const char *scan_rsdp(struct scan *s, const u8 *body, u32 n)
{
	if (n < RSDP_SIZE_V1)
		return "the ACPI root pointer's tag is too short";
	if (s->bi->rsdp_given && n < RSDP_SIZE_V2)
		return NULL; /* we have the newer one already */
	memset(s->bi->rsdp_copy, 0, sizeof(s->bi->rsdp_copy));
	memcpy(s->bi->rsdp_copy, body, MIN(n, (u32)sizeof(s->bi->rsdp_copy)));
	s->bi->rsdp_given = true;
	return NULL;
}

static const char *scan_efi(struct scan *s, const u8 *body, u32 n)
{
	s->bi->efi = true;
	return NULL;
}

static const struct {
	u32 type;
	const char *(*scan)(struct scan *s, const u8 *body, u32 n);
} tags[] = {
	{ TAG_CMDLINE, scan_cmdline },	 { TAG_LOADER, scan_loader },
	{ TAG_MODULE, scan_module },	 { TAG_MMAP, scan_mmap },
	{ TAG_FRAMEBUFFER, scan_framebuffer }, { TAG_EFI32, scan_efi },
	{ TAG_EFI64, scan_efi },	 { TAG_ACPI_OLD, scan_rsdp },
	{ TAG_ACPI_NEW, scan_rsdp },
};

static const char *scan_tag(struct scan *s, u32 type, const u8 *body, u32 n)
{
	for (u32 i = 0; i < ARRAY_SIZE(tags); i++)
		if (tags[i].type == type)
			return tags[i].scan(s, body, n);
	return NULL;
}

const char *multiboot_scan(const void *info, u32 size, struct boot_info *bi,
			   struct e820_entry *map, u32 map_max, u32 *n_map)
{
	struct scan s = { bi, map, map_max, n_map };
	const u8 *p = info;
	const char *why;
	struct mb2_tag t;

	*n_map = 0;
	for (u32 at = 8; at <= size && size - at >= sizeof(t);) {
		memcpy(&t, p + at, sizeof(t));
		if (t.type == TAG_END)
			return *n_map ? NULL : "the loader gave no memory map";
		if (t.size < sizeof(t) || t.size > size - at)
			return "a tag reaches beyond the information";
		why = scan_tag(&s, t.type, p + at + sizeof(t), t.size - sizeof(t));
		if (why)
			return why;
		at += ROUND_UP((u64)t.size, 8) > size - at ? size - at : ROUND_UP(t.size, 8);
	}
	return "the information has no end tag";
}
