/* SPDX-License-Identifier: MIT */
/* The content hash: four lanes of words, each multiplied and folded, joined at the end. */
#include "content_hash.h"

#include <string.h>

static uint64_t lane_mix(uint64_t lane, uint64_t word)
{
	lane = (lane ^ word) * 0x9e3779b97f4a7c15ULL;
	return lane ^ lane >> 29;
}

void hash_init(struct content_hash *h)
{
	memset(h, 0, sizeof(*h));
	for (unsigned int i = 0; i < 4; i++)
		h->lanes[i] = i + 1;
}

/* Four independent lanes, so that one multiplication need not wait for the one before. */
static void hash_blocks(struct content_hash *h, const uint8_t *data, size_t blocks)
{
	uint64_t a = h->lanes[0], b = h->lanes[1], c = h->lanes[2], d = h->lanes[3];

	while (blocks-- > 0) {
		uint64_t w[4];

		memcpy(w, data, sizeof(w));
		a = lane_mix(a, w[0]);
		b = lane_mix(b, w[1]);
		c = lane_mix(c, w[2]);
		d = lane_mix(d, w[3]);
		data += sizeof(w);
	}
	h->lanes[0] = a;
	h->lanes[1] = b;
	h->lanes[2] = c;
	h->lanes[3] = d;
}

void hash_feed(struct content_hash *h, const void *data, size_t size)
{
	const uint8_t *at = data;

	h->length += size;
	if (h->rest_size > 0) {
		size_t n = sizeof(h->rest) - h->rest_size;

		n = n < size ? n : size;
		memcpy(h->rest + h->rest_size, at, n);
		h->rest_size += n;
		at += n;
		size -= n;
		if (h->rest_size < sizeof(h->rest))
			return;
		hash_blocks(h, h->rest, 1);
		h->rest_size = 0;
	}
	hash_blocks(h, at, size / sizeof(h->rest));
	h->rest_size = size % sizeof(h->rest);
	memcpy(h->rest, at + size - h->rest_size, h->rest_size);
}

uint64_t hash_end(struct content_hash *h)
{
	uint64_t all = h->length;

	memset(h->rest + h->rest_size, 0, sizeof(h->rest) - h->rest_size);
	hash_blocks(h, h->rest, 1);
	for (unsigned int i = 0; i < 4; i++)
		all = lane_mix(all, h->lanes[i]);
	return all;
}
