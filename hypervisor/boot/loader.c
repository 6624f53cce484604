/* SPDX-License-Identifier: MIT */
/*
 * Takes the Multiboot2 information from where the loader left it. What it means is multiboot.c's.
 * Nothing can be printed before its command line is read, so what is wrong goes to the default console.
 */
#include <boot/multiboot.h>
#include <config.h>
#include <console/console.h>
#include <x86/cpu.h>
#include <x86/paging.h>

/* Far more than any loader writes: modules' command lines and a few KiB of ELF section headers. */
#define INFO_SIZE_MAX (1u << 20)

struct boot_info boot_info;

#define refuse(...)                                                                         \
	do {                                                                                \
		console_init(CONFIG_CONSOLE_DEFAULT, "", true);                             \
		panic(__VA_ARGS__);                                                         \
	} while (0)

void multiboot_parse(u32 magic, u64 info_maddr)
{
	const u32 *info = direct_map(info_maddr);
	const char *why;
	u32 size;

	if (magic != MB2_LOADER_MAGIC)
		refuse("not started by a Multiboot2 loader (magic 0x%x)", magic);
	if (info_maddr & 7)
		refuse("the loader's information is not aligned (0x%lx)", info_maddr);
	size = info[0];
	if (size < 16 || size > INFO_SIZE_MAX)
		refuse("the loader's information has an impossible size (%u bytes)", size);
	why = multiboot_scan(info, size, &boot_info, machine_map, E820_MAX, &machine_map_count);
	if (why)
		refuse("the loader's information: %s", why);
}
