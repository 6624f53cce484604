/* SPDX-License-Identifier: MIT */
/* The pure arithmetic of memory maps. */
#ifndef BOOT_MEMMAP_H
#define BOOT_MEMMAP_H

#include <boot/boot.h>

enum { E820_RAM = 1, E820_RESERVED = 2, E820_ACPI = 3, E820_NVS = 4, E820_UNUSABLE = 5 };

/* Entries of the largest map: the machine's, with the modules, our image and low memory. */
#define MEMMAP_MAX (E820_MAX + BOOT_MODULES_MAX + 2)

/*
 * Sorts @map of @n entries, cuts overlaps (the less usable type wins) and joins neighbours, in
 * place. Returns the new count, or 0 if it does not fit in @max entries.
 */
u32 memmap_normalise(struct e820_entry *map, u32 n, u32 max);
/* Appends the pages of [start, end) as unusable; the map has room, and is to be normalised then. */
void memmap_take(struct e820_entry *map, u32 *n, u64 start, u64 end);
/* The whole pages of RAM of a normalised map, in the part of it that the direct map reaches. */
u32 memmap_ram(const struct e820_entry *map, u32 n, struct ram_range *out);

#endif
