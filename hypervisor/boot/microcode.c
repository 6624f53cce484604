/* SPDX-License-Identifier: MIT */
/*
 * Which update of a microcode file a processor gets. Pure. Formats: Intel SDM vol. 3, 10.11; AMD's
 * containers as Linux names their fields; cpio, "newc" (cpio(5)). Nothing is trusted: a length is
 * checked against what is left, and each step goes forward.
 */
#include <boot/microcode.h>
#include <lib/string.h>

/* --- Intel ----------------------------------------------------------------------------------- */

struct intel_header {
	u32 header_version, revision, date, signature, checksum, loader_version, platforms;
	u32 data_size, total_size, reserved[3];
};
_Static_assert(sizeof(struct intel_header) == 48, "SDM vol. 3, table 10-7");

struct intel_extension {
	u32 count, checksum, reserved[3];
	struct intel_signature {
		u32 signature, platforms, checksum;
	} entry[];
};

#define INTEL_VERSION      1
#define INTEL_DATA_DEFAULT 2000 /* where the header says 0 */
#define INTEL_SIZE_UNIT    1024

static bool sums_to_zero(const u8 *p, u64 n)
{
	u32 sum = 0;

	for (u64 i = 0; i < n; i += sizeof(u32))
		sum += read_u32(p + i);

	return !sum;
}

static bool intel_is_for(const struct ucode_cpu *c, u32 signature, u32 platforms)
{
	return signature == c->signature && platforms & c->platform;
}

/* Is @c among the further signatures, of @n bytes at @p? */
static bool intel_extension_is_for(const struct ucode_cpu *c, const u8 *p, u64 n)
{
	struct intel_extension e;
	struct intel_signature s;

	if (n < sizeof(e))
		return false;

	memcpy(&e, p, sizeof(e));
	if (e.count > (n - sizeof(e)) / sizeof(s))
		return false;
	if (!sums_to_zero(p, sizeof(e) + e.count * sizeof(s)))
		return false;

	for (u32 i = 0; i < e.count; i++) {
		memcpy(&s, p + sizeof(e) + i * sizeof(s), sizeof(s));
		if (intel_is_for(c, s.signature, s.platforms))
			return true;
	}
	return false;
}

/* The sizes of @h, with the defaults filled in, are possible, and there are so many bytes. */
static bool intel_sizes_ok(struct intel_header *h, u64 left)
{
	if (!h->data_size) {
		h->data_size = INTEL_DATA_DEFAULT;
		h->total_size = INTEL_DATA_DEFAULT + sizeof(*h);
	}

	if (h->total_size > left || h->total_size % INTEL_SIZE_UNIT)
		return false;
	if (h->data_size % sizeof(u32) || h->total_size < sizeof(*h))
		return false;

	return h->data_size <= h->total_size - sizeof(*h);
}

static struct ucode intel_find(const struct ucode_cpu *c, const u8 *p, u64 left)
{
	struct ucode best = { .revision = c->revision };
	struct intel_header h;

	while (left >= sizeof(h)) {
		u64 body;
		bool fits;

		memcpy(&h, p, sizeof(h));
		if (h.header_version != INTEL_VERSION || h.loader_version != INTEL_VERSION)
			break;
		if (!intel_sizes_ok(&h, left))
			break;

		body = sizeof(h) + h.data_size;
		fits = intel_is_for(c, h.signature, h.platforms) ||
		       intel_extension_is_for(c, p + body, h.total_size - body);

		if (fits && h.revision > best.revision && sums_to_zero(p, h.total_size))
			best = (struct ucode){ p, h.total_size, h.revision };

		p += h.total_size;
		left -= h.total_size;
	}

	return best;
}

/* --- AMD ------------------------------------------------------------------------------------- */

#define AMD_MAGIC       0x00414d44
#define AMD_EQUIVALENCE 0 /* types of sections */
#define AMD_PATCH       1
#define AMD_PATCH_MAX   (64u << 10) /* several times the largest */

/* The second says by which short number patches mean a processor; a zero signature ends them. */
struct amd_section {
	u32 type, size;
};
struct amd_equivalence {
	u32 signature, errata_mask, errata_compare;
	u16 id, reserved;
};
struct amd_patch {
	u32 date, revision;
	u16 data_id;
	u8 data_size, init_flag;
	u32 checksum, north_bridge, south_bridge;
	u16 id;
	u8 rest[38];
};
_Static_assert(sizeof(struct amd_patch) == 64, "the header's size");

/* The short number of @c in the table of @n bytes at @p; 0: it is not there. */
static u16 amd_id(const struct ucode_cpu *c, const u8 *p, u32 n)
{
	struct amd_equivalence e;

	for (; n >= sizeof(e); p += sizeof(e), n -= sizeof(e)) {
		memcpy(&e, p, sizeof(e));
		if (!e.signature)
			break;
		if (e.signature == c->signature)
			return e.id;
	}
	return 0;
}

/* Is the patch of @n bytes at @p for the number @id, and newer than *best, which it becomes? */
static void amd_patch_take(struct ucode *best, u16 id, const u8 *p, u32 n)
{
	struct amd_patch h;

	if (!id || n < sizeof(h) || n > AMD_PATCH_MAX)
		return;

	/* Those for one chipset alone are of long ago. */
	memcpy(&h, p, sizeof(h));
	if (h.id != id || h.north_bridge || h.south_bridge)
		return;

	if (h.revision > best->revision)
		*best = (struct ucode){ p, n, h.revision };
}

/* Containers, one behind the other: a magic number, a table of numbers, patches. */
static struct ucode amd_find(const struct ucode_cpu *c, const u8 *p, u64 left)
{
	struct ucode best = { .revision = c->revision };
	struct amd_section s;
	u16 id = 0;

	while (left >= sizeof(u32) + sizeof(s)) {
		/* Another container: its numbers are its own. */
		if (read_u32(p) == AMD_MAGIC) {
			p += sizeof(u32);
			left -= sizeof(u32);
			id = 0;
		}

		memcpy(&s, p, sizeof(s));
		p += sizeof(s);
		left -= sizeof(s);
		if (s.size > left)
			break;

		if (s.type == AMD_EQUIVALENCE)
			id = amd_id(c, p, s.size);
		else if (s.type == AMD_PATCH)
			amd_patch_take(&best, id, p, s.size);
		else
			break;

		p += s.size;
		left -= s.size;
	}

	return best;
}

/* --- the archive ----------------------------------------------------------------------------- */

#define CPIO_HEADER    110 /* the magic number and thirteen others, eight digits each */
#define CPIO_MAGIC     "070701"
#define CPIO_MAGIC_LEN 6
#define CPIO_DIGITS    8
#define CPIO_SIZE      6 /* which of the others */
#define CPIO_NAME_SIZE 11
#define CPIO_ALIGN     4u

/* Hexadecimal; what is no digit ends it. */
static u64 cpio_number(const u8 *header, u32 which)
{
	const u8 *p = header + CPIO_MAGIC_LEN + which * CPIO_DIGITS;
	u64 v = 0;

	for (u32 i = 0; i < CPIO_DIGITS; i++) {
		u8 c = p[i] | 0x20;

		if (p[i] >= '0' && p[i] <= '9')
			v = v << 4 | (p[i] - '0');
		else if (c >= 'a' && c <= 'f')
			v = v << 4 | (c - 'a' + 10);
		else
			break;
	}
	return v;
}

static bool cpio_begins(const u8 *p, u64 left)
{
	return left >= CPIO_HEADER && !memcmp(p, CPIO_MAGIC, CPIO_MAGIC_LEN);
}

/* The file @name in the archive at @p: its bytes, and their number in *n. NULL: it is not there. */
static const u8 *cpio_find(const u8 *p, u64 left, const char *name, u64 *n)
{
	size_t len = strlen(name) + 1;

	while (cpio_begins(p, left)) {
		u64 size = cpio_number(p, CPIO_SIZE);
		u64 name_size = cpio_number(p, CPIO_NAME_SIZE);
		u64 data = ROUND_UP(CPIO_HEADER + name_size, CPIO_ALIGN);
		u64 next = data + ROUND_UP(size, CPIO_ALIGN);

		if (data > left || size > left - data)
			return NULL;

		if (name_size == len && !memcmp(p + CPIO_HEADER, name, len)) {
			*n = size;
			return p + data;
		}

		/* The padding of the last one may be missing. */
		next = MIN(next, left);
		p += next;
		left -= next;
	}
	return NULL;
}

static struct ucode file_find(const struct ucode_cpu *c, const u8 *p, u64 size)
{
	struct ucode u = c->vendor == UCODE_INTEL ? intel_find(c, p, size) : amd_find(c, p, size);

	if (!u.size)
		u.revision = 0;
	return u;
}

struct ucode ucode_find(const struct ucode_cpu *c, const void *file, u64 size)
{
	static const char *const names[] = {
		[UCODE_INTEL] = "kernel/x86/microcode/GenuineIntel.bin",
		[UCODE_AMD] = "kernel/x86/microcode/AuthenticAMD.bin",
	};
	const u8 *p = file;

	if (c->vendor == UCODE_NONE)
		return (struct ucode){ 0 };

	if (cpio_begins(p, size))
		p = cpio_find(p, size, names[c->vendor], &size);
	if (!p)
		return (struct ucode){ 0 };

	/* A container of AMD's says so; a file of Intel's begins with its first update. */
	if (c->vendor == UCODE_AMD && (size < sizeof(u32) || read_u32(p) != AMD_MAGIC))
		return (struct ucode){ 0 };

	return file_find(c, p, size);
}
