/* SPDX-License-Identifier: MIT */
/* Small objects from the C library, counted: a test ends with as many as it began with. */
#ifndef FAKE_HEAP_H
#define FAKE_HEAP_H

#include <lib/types.h>

extern u64 fake_heap_blocks; /* not freed yet */

#endif
