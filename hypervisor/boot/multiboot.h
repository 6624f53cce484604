/* SPDX-License-Identifier: MIT */
/* The pure part of reading the loader's Multiboot2 information. */
#ifndef BOOT_MULTIBOOT_H
#define BOOT_MULTIBOOT_H

#include <boot/boot.h>

#define MB2_LOADER_MAGIC 0x36d76289

/*
 * Reads the information of @size bytes at @info into *bi and the memory map into @map (at most @map_max entries, the count
 * to *n_map). NULL if all is well, else what is wrong, in words.
 */
const char *multiboot_scan(const void *info, u32 size, struct boot_info *bi,
			   struct e820_entry *map, u32 map_max, u32 *n_map);

#endif
