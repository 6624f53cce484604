/* SPDX-License-Identifier: MIT */
/*
 * Takes the Multiboot2 information from where the loader left it. What it means is multiboot.c's.
 * Nothing can be printed before its command line is read, so what is wrong goes to the default console.
 */
#include <boot/boot.h>
#include <config.h>
#include <console/console.h>
#include <x86/cpu.h>
#include <x86/paging.h>

#define MB2_LOADER_MAGIC 0x36d76289
/* Far more than any loader writes: modules' command lines and a few KiB of ELF section headers. */
#define INFO_SIZE_MAX (1u << 20)

struct boot_info boot_info;

void loader_read(u32 magic, u64 info_maddr)
{
	const u32 *info = direct_map(info_maddr);
	const char *why;

	if (magic != MB2_LOADER_MAGIC)
		why = "its magic number is not that of a Multiboot2 loader";
	else if (info_maddr & 7)
		why = "it is not aligned";
	else if (info[0] < 16 || info[0] > INFO_SIZE_MAX)
		why = "it has an impossible size";
	else
		why = multiboot_scan(info, info[0], &boot_info, machine_map, E820_MAX,
				     &machine_map_count);
	if (!why)
		return;
	console_init(CONFIG_CONSOLE_DEFAULT, "", true);
	panic("the loader's information at 0x%lx: %s", info_maddr, why);
}
