/* SPDX-License-Identifier: MIT */
/* The pure arithmetic of the memory map. */
#ifndef BOOT_MEMMAP_H
#define BOOT_MEMMAP_H

#include <boot/boot.h>

enum { E820_RAM = 1, E820_RESERVED = 2, E820_ACPI = 3, E820_NVS = 4, E820_UNUSABLE = 5 };

/*
 * Sorts @map of @n entries, cuts overlaps (the less usable type wins) and joins neighbours, in place. Returns the new
 * count, or 0 if it does not fit in @max entries.
 */
u32 memmap_normalise(struct e820_entry *map, u32 n, u32 max);

/* Takes [start, end) out of the ranges; pieces less than a page go. False if it does not fit in @max ranges. */
bool ranges_remove(struct ram_range *r, u32 *n, u32 max, u64 start, u64 end);

#endif
