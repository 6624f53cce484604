/* SPDX-License-Identifier: MIT */
/* Arithmetic of the text ring: positions only grow, the low bits index the buffer. Pure. */
#include <console/ring.h>
#include <lib/string.h>

void text_ring_init(struct text_ring *r, char *buf, u32 size)
{
	*r = (struct text_ring){ .buf = buf, .size = size };
}

void text_ring_put(struct text_ring *r, const char *text, size_t n)
{
	if (n > r->size) { /* only the end of it can be kept */
		text += n - r->size;
		r->head += n - r->size;
		n = r->size;
	}
	while (n) {
		u32 at = r->head & (r->size - 1);
		size_t piece = MIN(n, (size_t)(r->size - at));

		memcpy(r->buf + at, text, piece);
		r->head += piece;
		text += piece;
		n -= piece;
	}
	if (r->head - r->tail > r->size)
		r->tail = r->head - r->size;
}

size_t text_ring_read(const struct text_ring *r, u64 *pos, char *buf, size_t n)
{
	size_t done = 0;

	if (*pos < r->tail || *pos > r->head)
		*pos = *pos > r->head ? r->head : r->tail;
	n = MIN(n, (size_t)(r->head - *pos));
	while (done < n) {
		u32 at = *pos & (r->size - 1);
		size_t piece = MIN(n - done, (size_t)(r->size - at));

		memcpy(buf + done, r->buf + at, piece);
		*pos += piece;
		done += piece;
	}
	return done;
}

void text_ring_clear(struct text_ring *r)
{
	r->tail = r->head;
}
