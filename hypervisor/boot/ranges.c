/* SPDX-License-Identifier: MIT */
/* Arithmetic on the machine's memory map and on lists of free ranges. Pure; memmap.c uses it. */
#include <boot/memmap.h>
#include <lib/string.h>

#define POINTS_MAX (2 * E820_MAX)

/* Where entries overlap the most careful meaning holds. */
static u32 type_weight(u32 type)
{
	switch (type) {
	case E820_RAM:
		return 1;
	case E820_ACPI:
		return 2;
	case E820_RESERVED:
		return 3;
	case E820_NVS:
		return 4;
	default:
		return 5;
	}
}

static u64 entry_end(const struct e820_entry *e)
{
	return e->addr + e->size < e->addr ? ~0ul : e->addr + e->size;
}

static void sort_points(u64 *p, u32 n)
{
	for (u32 i = 1; i < n; i++)
		for (u32 j = i; j && p[j] < p[j - 1]; j--) {
			u64 t = p[j];

			p[j] = p[j - 1];
			p[j - 1] = t;
		}
}

/* The heaviest type that covers all of [start, end); 0: none. */
static u32 type_of(const struct e820_entry *map, u32 n, u64 start, u64 end)
{
	u32 type = 0;

	for (u32 i = 0; i < n; i++)
		if (map[i].addr <= start && entry_end(&map[i]) >= end &&
		    (!type || type_weight(map[i].type) > type_weight(type)))
			type = map[i].type;
	return type;
}

u32 memmap_normalise(struct e820_entry *map, u32 n, u32 max)
{
	static u64 points[POINTS_MAX];
	static struct e820_entry out[E820_MAX];
	u32 n_points = 0, n_out = 0;

	if (n > E820_MAX)
		return 0;
	for (u32 i = 0; i < n; i++) {
		points[n_points++] = map[i].addr;
		points[n_points++] = entry_end(&map[i]);
	}
	sort_points(points, n_points);
	for (u32 i = 0; i + 1 < n_points; i++) {
		u64 start = points[i], end = points[i + 1];
		u32 type = start < end ? type_of(map, n, start, end) : 0;

		if (!type)
			continue;
		if (n_out && out[n_out - 1].type == type && entry_end(&out[n_out - 1]) == start) {
			out[n_out - 1].size += end - start;
			continue;
		}
		if (n_out == max || n_out == E820_MAX)
			return 0;
		out[n_out++] = (struct e820_entry){ start, end - start, type };
	}
	memcpy(map, out, n_out * sizeof(*map));
	return n_out;
}

bool ranges_remove(struct ram_range *r, u32 *n, u32 max, u64 start, u64 end)
{
	u32 kept = 0, count = *n;
	struct ram_range tail = { 0, 0 };

	if (start >= end)
		return true;
	start = ROUND_DOWN(start, PAGE_SIZE);
	end = end > ~0ul - PAGE_SIZE ? end : ROUND_UP(end, PAGE_SIZE);
	for (u32 i = 0; i < count; i++) {
		struct ram_range x = r[i];

		if (x.end <= start || x.start >= end) {
			r[kept++] = x;
			continue;
		}
		if (x.start < start)
			r[kept++] = (struct ram_range){ x.start, start };
		if (x.end <= end)
			continue;
		if (x.start < start)
			tail = (struct ram_range){ end, x.end }; /* cut in two: only one range can be */
		else
			r[kept++] = (struct ram_range){ end, x.end };
	}
	*n = kept;
	if (tail.start == tail.end)
		return true;
	if (kept == max)
		return false;
	r[(*n)++] = tail;
	return true;
}
