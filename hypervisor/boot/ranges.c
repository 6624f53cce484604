/* SPDX-License-Identifier: MIT */
/* Arithmetic on memory maps, the machine's and that of what is free. Pure; memmap.c uses it. */
#include <boot/boot.h>
#include <lib/string.h>
#include <x86/layout.h>

/* Where entries overlap, the most careful meaning holds: that of the greatest weight. */
static u32 type_weight(u32 type)
{
	static const u8 weights[] = {
		[E820_RAM] = 1, [E820_ACPI] = 2, [E820_RESERVED] = 3, [E820_NVS] = 4
	};
	const u32 unusable = 5; /* and what we do not know */

	if (type >= ARRAY_SIZE(weights) || !weights[type])
		return unusable;

	return weights[type];
}

/* An entry that wraps ends with the address space. */
static u64 entry_end(const struct e820_entry *e)
{
	u64 end = e->addr + e->size;

	return end < e->addr ? ~0ul : end;
}

/* By insertion: maps are short, and come nearly in order. */
static void sort_points(u64 *p, u32 n)
{
	for (u32 i = 1; i < n; i++) {
		u64 moved = p[i];
		u32 at = i;

		while (at && p[at - 1] > moved) {
			p[at] = p[at - 1];
			at--;
		}
		p[at] = moved;
	}
}

static bool entry_covers(const struct e820_entry *e, u64 start, u64 end)
{
	return e->addr <= start && entry_end(e) >= end;
}

/* The heaviest type that covers all of [start, end); 0: none. */
static u32 type_of(const struct e820_entry *map, u32 n, u64 start, u64 end)
{
	u32 type = 0;

	for (u32 i = 0; i < n; i++) {
		if (!entry_covers(&map[i], start, end))
			continue;

		if (!type || type_weight(map[i].type) > type_weight(type))
			type = map[i].type;
	}
	return type;
}

/* All starts and ends of @map, sorted, into @points. Returns how many. */
static u32 points_make(const struct e820_entry *map, u32 n, u64 *points)
{
	u32 n_points = 0;

	for (u32 i = 0; i < n; i++) {
		points[n_points++] = map[i].addr;
		points[n_points++] = entry_end(&map[i]);
	}

	sort_points(points, n_points);
	return n_points;
}

/* Appends [start, end) to a map of *n entries, or joins it to the last. False: no room. */
static bool entry_append(struct e820_entry *out, u32 *n, u32 max, u64 start, u64 end, u32 type)
{
	struct e820_entry *last = *n ? &out[*n - 1] : NULL;

	if (last && last->type == type && entry_end(last) == start) {
		last->size += end - start;
		return true;
	}

	if (*n == max)
		return false;

	out[(*n)++] = (struct e820_entry){ start, end - start, type };
	return true;
}

/* Between two neighbouring points no entry begins or ends: there, one type holds. */
u32 memmap_normalise(struct e820_entry *map, u32 n, u32 max)
{
	static u64 points[2 * MEMMAP_MAX];
	static struct e820_entry out[MEMMAP_MAX];
	u32 n_points, n_out = 0;

	if (n > MEMMAP_MAX)
		return 0;

	max = MIN(max, (u32)MEMMAP_MAX);
	n_points = points_make(map, n, points);
	for (u32 i = 0; i + 1 < n_points; i++) {
		u64 start = points[i], end = points[i + 1];
		u32 type;

		if (start == end)
			continue;

		type = type_of(map, n, start, end);
		if (type && !entry_append(out, &n_out, max, start, end, type))
			return 0;
	}

	memcpy(map, out, n_out * sizeof(*map));
	return n_out;
}

void memmap_take(struct e820_entry *map, u32 *n, u64 start, u64 end)
{
	start = ROUND_DOWN(start, PAGE_SIZE);
	map[(*n)++] = (struct e820_entry){ start, ROUND_UP(end, PAGE_SIZE) - start, E820_UNUSABLE };
}

u32 memmap_ram(const struct e820_entry *map, u32 n, struct ram_range *out)
{
	u32 n_out = 0;

	for (const struct e820_entry *e = map; e < map + n; e++) {
		u64 start = ROUND_UP(MIN(e->addr, DIRECT_SIZE), PAGE_SIZE);
		u64 end = ROUND_DOWN(MIN(e->addr + e->size, DIRECT_SIZE), PAGE_SIZE);

		if (e->type == E820_RAM && start < end)
			out[n_out++] = (struct ram_range){ start, end };
	}
	return n_out;
}
