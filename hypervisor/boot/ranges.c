/* SPDX-License-Identifier: MIT */
/* Arithmetic on memory maps, the machine's and that of what is free. Pure; memmap.c uses it. */
#include <boot/boot.h>
#include <lib/string.h>
#include <x86/layout.h>

/* Where entries overlap the most careful meaning holds. */
static u32 type_weight(u32 type)
{
	static const u8 weights[] = {
		0, [E820_RAM] = 1, [E820_ACPI] = 2, [E820_RESERVED] = 3, [E820_NVS] = 4
	};

	return type < ARRAY_SIZE(weights) && weights[type] ? weights[type] : 5;
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
	static u64 points[2 * MEMMAP_MAX];
	static struct e820_entry out[MEMMAP_MAX];
	u32 n_points = 0, n_out = 0;

	if (n > MEMMAP_MAX)
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
		if (n_out == max || n_out == MEMMAP_MAX)
			return 0;
		out[n_out++] = (struct e820_entry){ start, end - start, type };
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
