/* SPDX-License-Identifier: MIT */
/*
 * A hash of contents, to notice changes with: quick on whole kernels, and not made to withstand
 * forgery. Pure.
 */
#ifndef HOSPES_LIB_CONTENT_HASH_H
#define HOSPES_LIB_CONTENT_HASH_H

#include <stddef.h>
#include <stdint.h>

/* Fed in any pieces. */
struct content_hash {
	uint64_t lanes[4];
	uint64_t length;
	uint8_t rest[32];
	size_t rest_size;
};

void hash_init(struct content_hash *h);
void hash_feed(struct content_hash *h, const void *data, size_t size);
uint64_t hash_end(struct content_hash *h);

#endif
