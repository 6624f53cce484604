/* SPDX-License-Identifier: MIT */
/* Multiboot2 information, and the memory map that comes of it: sorted, without overlaps. */
#include <boot/boot.h>
#include <string.h>
#include <x86/layout.h>
#include "fuzz.h"

static struct boot_info bi;
static struct e820_entry map[MEMMAP_MAX];
static struct ram_range ram[MEMMAP_MAX];

static void check_info(void)
{
	fuzz_check(memchr(bi.cmdline, '\0', sizeof(bi.cmdline)) != NULL);
	fuzz_check(bi.n_modules <= BOOT_MODULES_MAX);
	for (u32 i = 0; i < bi.n_modules; i++) {
		const struct boot_module *m = &bi.module[i];

		fuzz_check(m->start <= m->end);
		fuzz_check(memchr(m->cmdline, '\0', sizeof(m->cmdline)) != NULL);
	}
}

static void check_map(u32 n)
{
	for (u32 i = 0; i < n; i++) {
		fuzz_check(map[i].size != 0);
		fuzz_check(map[i].addr + map[i].size > map[i].addr);
		if (i > 0)
			fuzz_check(map[i - 1].addr + map[i - 1].size <= map[i].addr);
	}
}

static void check_ram(u32 n)
{
	for (u32 i = 0; i < n; i++) {
		fuzz_check(ram[i].start < ram[i].end);
		fuzz_check(ram[i].end <= DIRECT_SIZE);
		if (i > 0)
			fuzz_check(ram[i - 1].end <= ram[i].start);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *why;
	u32 n = 0;

	memset(&bi, 0, sizeof(bi));
	why = multiboot_scan(data, (u32)size, &bi, map, E820_MAX, &n);
	if (why != NULL)
		return 0;

	check_info();
	fuzz_check(n <= E820_MAX);

	/* As the boot code does it: the modules are no free memory. */
	for (u32 i = 0; i < bi.n_modules; i++)
		memmap_take(map, &n, bi.module[i].start, bi.module[i].end);
	n = memmap_normalise(map, n, MEMMAP_MAX);
	check_map(n);
	check_ram(memmap_ram(map, n, ram));
	return 0;
}
