/* SPDX-License-Identifier: MIT */
/*
 * Multiboot2 information: a list of tags that the loader left in memory. Everything is copied out,
 * as its memory is used again; every length is checked against the tag and the list. Pure.
 */
#include <boot/boot.h>
#include <lib/string.h>

struct mb2_tag {
	u32 type, size;
};

enum {
	TAG_END = 0,
	TAG_CMDLINE = 1,
	TAG_MODULE = 3,
	TAG_MMAP = 6,
	TAG_FRAMEBUFFER = 8,
	TAG_EFI32 = 11,
	TAG_EFI64 = 12,
	TAG_ACPI_OLD = 14,
	TAG_ACPI_NEW = 15,
};

/* Behind the tags' headers, aligned to 8. */
struct mb2_module {
	u32 start, end;
	u8 cmdline[];
};

struct mb2_mmap {
	u32 entry_size, entry_version;
	u8 entries[]; /* each begins as ours */
};

struct mb2_framebuffer {
	u64 addr;
	u32 pitch, width, height;
	u8 bpp, type;
	u16 reserved;
	u8 red_pos, red_size, green_pos, green_size, blue_pos, blue_size;
} __packed;

#define TAG_ALIGN           8
#define INFO_HEADER         8 /* the information's size, and a reserved word */
#define MMAP_ENTRY_SIZE_MAX 1024
#define FB_TYPE_RGB         1
#define FB_SIZE_UNIT        65536 /* in which dom0 is told of its size */
#define RSDP_SIZE_V1        20

struct scan {
	struct boot_info *bi;
	struct e820_entry *map;
	u32 map_max, *n_map;
};

/* A string inside a tag, which need not end there. False if it is too long for @dst. */
static bool copy_string(char *dst, size_t size, const u8 *src, u32 n)
{
	size_t len = strnlen((const char *)src, n);
	size_t copied = MIN(len, size - 1);

	memcpy(dst, src, copied);
	dst[copied] = 0;
	return len < size;
}

_Static_assert(BOOT_CMDLINE_MAX == 2048, "messages name these numbers");
_Static_assert(BOOT_MODULES_MAX == 8, "messages name these numbers");

/* Each takes the body of a tag, of @n bytes: NULL, or what is wrong with it. */
static const char *scan_cmdline(struct scan *s, const void *body, u32 n)
{
	if (!copy_string(s->bi->cmdline, sizeof(s->bi->cmdline), body, n))
		return "the hypervisor's command line is longer than 2047 characters";
	return NULL;
}

static const char *scan_module(struct scan *s, const void *body, u32 n)
{
	struct boot_module *m = &s->bi->module[s->bi->n_modules];
	const struct mb2_module *tag = body;

	if (s->bi->n_modules == BOOT_MODULES_MAX)
		return "more than 8 modules";
	if (tag->end < tag->start)
		return "a module ends before it starts";

	m->start = tag->start;
	m->end = tag->end;

	if (!copy_string(m->cmdline, sizeof(m->cmdline), tag->cmdline, n - sizeof(*tag)))
		return "a module's command line is longer than 2047 characters";

	s->bi->n_modules++;
	return NULL;
}

static const char *scan_mmap(struct scan *s, const void *body, u32 n)
{
	const struct mb2_mmap *tag = body;
	u32 entries;

	if (tag->entry_size < sizeof(*s->map) || tag->entry_size > MMAP_ENTRY_SIZE_MAX)
		return "the memory map's entries have an impossible size";

	entries = (n - sizeof(*tag)) / tag->entry_size;
	if (entries > s->map_max)
		return "the memory map has more entries than we keep (128)";

	for (u32 i = 0; i < entries; i++)
		memcpy(&s->map[i], tag->entries + i * tag->entry_size, sizeof(*s->map));
	*s->n_map = entries;
	return NULL;
}

/* A screen of pixels becomes dom0's; of text modes we know one, and take it for granted. */
static const char *scan_framebuffer(struct scan *s, const void *body, u32 n)
{
	const struct mb2_framebuffer *fb = body;

	if (fb->type != FB_TYPE_RGB || n < sizeof(*fb))
		return NULL;

	s->bi->screen.video_type = XEN_VGATYPE_VESA_LFB;
	s->bi->screen.u.vesa_lfb = (typeof(s->bi->screen.u.vesa_lfb)){
		.width = fb->width,
		.height = fb->height,
		.bytes_per_line = fb->pitch,
		.bits_per_pixel = fb->bpp,
		.lfb_base = fb->addr,
		.ext_lfb_base = fb->addr >> 32,
		.lfb_size = ROUND_UP((u64)fb->pitch * fb->height, FB_SIZE_UNIT) / FB_SIZE_UNIT,
		.red_pos = fb->red_pos,
		.red_size = fb->red_size,
		.green_pos = fb->green_pos,
		.green_size = fb->green_size,
		.blue_pos = fb->blue_pos,
		.blue_size = fb->blue_size,
	};
	return NULL;
}

static const char *scan_rsdp(struct scan *s, const void *body, u32 n)
{
	struct boot_info *bi = s->bi;

	/* We have the newer one already. */
	if (bi->rsdp_given && n < sizeof(bi->rsdp_copy))
		return NULL;

	memset(bi->rsdp_copy, 0, sizeof(bi->rsdp_copy));
	memcpy(bi->rsdp_copy, body, MIN(n, (u32)sizeof(bi->rsdp_copy)));
	bi->rsdp_given = true;
	return NULL;
}

/* The tag of 32-bit firmware is shorter: of that we take no tables. */
static const char *scan_efi(struct scan *s, const void *body, u32 n)
{
	s->bi->efi = true;
	s->bi->efi_maddr = n < sizeof(u64) ? 0 : read_u64(body);
	return NULL;
}

static const struct {
	u32 type, size_min; /* of the body */
	const char *(*scan)(struct scan *s, const void *body, u32 n);
} tags[] = {
	{ TAG_CMDLINE, 0, scan_cmdline },
	{ TAG_MODULE, sizeof(struct mb2_module), scan_module },
	{ TAG_MMAP, sizeof(struct mb2_mmap), scan_mmap },
	{ TAG_FRAMEBUFFER, offsetof(struct mb2_framebuffer, reserved), scan_framebuffer },
	{ TAG_EFI32, 4, scan_efi },
	{ TAG_EFI64, 8, scan_efi },
	{ TAG_ACPI_OLD, RSDP_SIZE_V1, scan_rsdp },
	{ TAG_ACPI_NEW, RSDP_SIZE_V1, scan_rsdp },
};

static const char *scan_tag(struct scan *s, u32 type, const void *body, u32 n)
{
	for (u32 i = 0; i < ARRAY_SIZE(tags); i++) {
		if (tags[i].type != type)
			continue;

		if (n < tags[i].size_min)
			return "a tag is too short";
		return tags[i].scan(s, body, n);
	}
	return NULL; /* of no interest */
}

/* The end of the list: what stands in one tag about another. */
static const char *scan_end(struct scan *s)
{
	u8 *type = &s->bi->screen.video_type;

	if (*type && s->bi->efi)
		*type = XEN_VGATYPE_EFI_LFB;
	else if (!*type && !s->bi->efi)
		*type = XEN_VGATYPE_TEXT_MODE_3;

	if (!*s->n_map)
		return "the loader gave no memory map";
	return NULL;
}

const char *multiboot_scan(const void *info, u32 size, struct boot_info *bi, struct e820_entry *map,
			   u32 map_max, u32 *n_map)
{
	struct scan s = { bi, map, map_max, n_map };
	const u8 *p = info;
	u32 at = INFO_HEADER;
	const char *why;
	struct mb2_tag t;

	*n_map = 0;
	while (at <= size && size - at >= sizeof(t)) {
		memcpy(&t, p + at, sizeof(t));
		if (t.type == TAG_END)
			return scan_end(&s);
		if (t.size < sizeof(t) || t.size > size - at)
			return "a tag reaches beyond the information";

		why = scan_tag(&s, t.type, p + at + sizeof(t), t.size - sizeof(t));
		if (why)
			return why;

		/* The padding of the last one may be missing. */
		at += MIN(ROUND_UP((u64)t.size, TAG_ALIGN), size - at);
	}
	return "the information has no end tag";
}
