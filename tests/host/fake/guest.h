/* SPDX-License-Identifier: MIT */
/* The memory of guests, for a program: their pointers are the test's own, where it allows them. */
#ifndef FAKE_GUEST_H
#define FAKE_GUEST_H

#include <lib/types.h>

/*
 * From now on copies to and from [@start, @end) succeed, and all others fault. Before, all do.
 */
void fake_guest_memory(const void *start, const void *end);

/* All but the first page, which stands for bad pointers. */
void fake_guest_memory_any(void);

#endif
