/* SPDX-License-Identifier: MIT */
/*
 * A ring of text that forgets its oldest bytes. Readers hold absolute positions (bytes since the
 * first), so any number of them may read at their own pace. Pure; the owner brings the lock.
 */
#ifndef CONSOLE_RING_H
#define CONSOLE_RING_H

#include <lib/types.h>

struct text_ring {
	char *buf;
	u32 size; /* a power of two */
	u64 head; /* position of the next byte written */
	u64 tail; /* oldest byte that may be read: head - tail <= size */
};

void text_ring_init(struct text_ring *r, char *buf, u32 size);
void text_ring_put(struct text_ring *r, const char *text, size_t n);
/* Up to @n bytes from *pos on (moved into what is kept first), which advances; returns how many. */
size_t text_ring_read(const struct text_ring *r, u64 *pos, char *buf, size_t n);
void text_ring_clear(struct text_ring *r);

#endif
