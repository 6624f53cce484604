/* SPDX-License-Identifier: MIT */
/* BLAKE2b by libsodium. Its functions fail on wrong sizes only, and ours are constants. */
#include "digest.h"

#include <sodium/core.h>
#include <dom0-tools/base/must_check.h>

void digest_begin(struct digest *d)
{
	/* Picks the fastest code for this processor; the portable code works without it. */
	ignore(sodium_init());
	crypto_generichash_init(&d->state, NULL, 0, DIGEST_SIZE);
}

void digest_add(struct digest *d, const void *data, size_t size)
{
	crypto_generichash_update(&d->state, data, size);
}

void digest_end(struct digest *d, uint8_t result[DIGEST_SIZE])
{
	crypto_generichash_final(&d->state, result, DIGEST_SIZE);
}

void digest_of(const void *data, size_t size, uint8_t result[DIGEST_SIZE])
{
	struct digest d;

	digest_begin(&d);
	digest_add(&d, data, size);
	digest_end(&d, result);
}
