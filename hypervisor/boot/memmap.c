/* SPDX-License-Identifier: MIT */
/*
 * Which RAM is free before the allocator runs: the firmware's map, less the first MiB, our image
 * and the modules. Everything else the loader left was copied out by then.
 */
#include <boot/boot.h>
#include <console/console.h>
#include <lib/string.h>
#include <memory/memory.h>
#include <x86/cpu.h>
#include <x86/paging.h>

#define LOW_MEMORY 0x100000 /* firmware's data, VGA, and where other CPUs start */

extern char __image_start[], __image_end[];

static const char *type_name(u32 type)
{
	static const char *const names[] = { "?",         "RAM",      "reserved",
					     "ACPI data", "ACPI NVS", "unusable" };

	return names[type < ARRAY_SIZE(names) ? type : 0];
}

/* Puts the machine's map in order, and shows it. */
static void machine_map_init(void)
{
	machine_map_count = memmap_normalise(machine_map, machine_map_count, E820_MAX);
	if (!machine_map_count)
		panic("the firmware's memory map has more pieces than we keep (%u)", E820_MAX);

	for (u32 i = 0; i < machine_map_count; i++) {
		const struct e820_entry *e = &machine_map[i];

		log_debug("memory %012lx-%012lx %s", e->addr, e->addr + e->size - 1,
			  type_name(e->type));
		if (e->type == E820_RAM && e->addr + e->size > DIRECT_SIZE)
			log_warn("memory above %lu GiB is not used", DIRECT_SIZE >> 30);
	}
}

/* The machine's map, less what is taken, into @map of MEMMAP_MAX entries. Returns how many. */
static u32 free_map_make(struct e820_entry *map)
{
	u32 n = machine_map_count;

	memcpy(map, machine_map, n * sizeof(*map));
	memmap_take(map, &n, 0, LOW_MEMORY);
	memmap_take(map, &n, IMAGE_MADDR(__image_start), IMAGE_MADDR(__image_end));
	for (u32 i = 0; i < boot_info.n_modules; i++)
		memmap_take(map, &n, boot_info.module[i].start, boot_info.module[i].end);

	n = memmap_normalise(map, n, MEMMAP_MAX);
	if (!n)
		panic("the memory map is cut in too many pieces");
	return n;
}

void memmap_init(void)
{
	static struct ram_range ram[MEMMAP_MAX];
	static struct e820_entry map[MEMMAP_MAX];
	u64 top = 0;
	u32 n;

	machine_map_init();

	/* The frame table covers all RAM, also what is taken now: modules become free later. */
	n = memmap_ram(machine_map, machine_map_count, ram);
	if (n)
		top = ram[n - 1].end;

	n = memmap_ram(map, free_map_make(map), ram);
	if (!n)
		panic("no free memory: %lu KiB of image and the modules fill all of it",
		      (u64)(__image_end - __image_start) >> 10);

	frame_init(ram, n, top);
}
