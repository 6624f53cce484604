/* SPDX-License-Identifier: MIT */
/* Arithmetic of the text ring: positions only grow, the low bits index the buffer. Pure. */
#include <console/ring.h>

void text_ring_init(struct text_ring *r, char *buf, u32 size)
{
	*r = (struct text_ring){ .buf = buf, .size = size };
}

void text_ring_put(struct text_ring *r, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		r->buf[r->head++ & (r->size - 1)] = text[i];

	/* The oldest bytes were overwritten. */
	if (r->head - r->tail > r->size)
		r->tail = r->head - r->size;
}

size_t text_ring_read(const struct text_ring *r, u64 *pos, char *buf, size_t n)
{
	size_t done = 0;

	*pos = MIN(MAX(*pos, r->tail), r->head);

	while (done < n && *pos < r->head)
		buf[done++] = r->buf[(*pos)++ & (r->size - 1)];
	return done;
}

void text_ring_clear(struct text_ring *r)
{
	r->tail = r->head;
}
