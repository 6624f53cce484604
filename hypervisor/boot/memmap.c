/* SPDX-License-Identifier: MIT */
/*
 * Which RAM is free before the allocator runs: the firmware's map, less the first MiB, our image and
 * the modules. Everything else the loader left was copied out by then.
 */
#include <boot/memmap.h>
#include <console/console.h>
#include <x86/cpu.h>
#include <x86/paging.h>

#define RANGES_MAX (E820_MAX + BOOT_MODULES_MAX + 4)
#define LOW_MEMORY 0x100000 /* firmware's data, VGA, and where other CPUs start */

extern char __image_start[], __image_end[];

static struct ram_range ranges[RANGES_MAX];
static u32 n_ranges;
static u64 ram_top;

static const char *type_name(u32 type)
{
	static const char *const names[] = { "?", "RAM", "reserved", "ACPI data", "ACPI NVS", "unusable" };

	return names[type < ARRAY_SIZE(names) ? type : 0];
}

static void range_add(const struct e820_entry *e)
{
	u64 start = ROUND_UP(MIN(e->addr, DIRECT_SIZE), PAGE_SIZE);
	u64 end = ROUND_DOWN(MIN(e->addr + e->size, DIRECT_SIZE), PAGE_SIZE);

	if (e->addr + e->size > DIRECT_SIZE)
		log_warn("memory above %lu GiB is not used", DIRECT_SIZE >> 30);
	if (start >= end)
		return;
	ranges[n_ranges++] = (struct ram_range){ start, end };
	ram_top = MAX(ram_top, end);
}

static void range_take(u64 start, u64 end)
{
	if (!ranges_remove(ranges, &n_ranges, RANGES_MAX, start, end))
		panic("the memory map is cut in too many pieces");
}

void memmap_init(void)
{
	machine_map_count = memmap_normalise(machine_map, machine_map_count, E820_MAX);
	if (!machine_map_count)
		panic("the firmware's memory map has more pieces than we keep (%u)", E820_MAX);
	for (u32 i = 0; i < machine_map_count; i++) {
		const struct e820_entry *e = &machine_map[i];

		log_debug("memory %012lx-%012lx %s", e->addr, e->addr + e->size - 1, type_name(e->type));
		if (e->type == E820_RAM)
			range_add(e);
	}
	range_take(0, LOW_MEMORY);
	range_take(IMAGE_MADDR(__image_start), IMAGE_MADDR(__image_end));
	for (u32 i = 0; i < boot_info.n_modules; i++)
		range_take(boot_info.module[i].start, boot_info.module[i].end);
	if (!n_ranges)
		panic("no free memory: %u KiB of image and the modules fill all of it",
		      (u32)((__image_end - __image_start) >> 10));
	frame_init(ranges, n_ranges, ram_top);
}

u64 memmap_ram_top(void)
{
	return ram_top;
}
