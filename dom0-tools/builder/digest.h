/* SPDX-License-Identifier: MIT */
/*
 * A cryptographic digest, fed in pieces of any size: 256 bits of BLAKE2b (RFC 7693), from
 * libsodium. Finding two files with the same digest is infeasible.
 */
#ifndef HOSPES_BUILDER_DIGEST_H
#define HOSPES_BUILDER_DIGEST_H

#include <sodium/crypto_generichash.h>
#include <stddef.h>
#include <stdint.h>

#define DIGEST_SIZE 32

struct digest {
	crypto_generichash_state state;
};

void digest_begin(struct digest *d);
void digest_add(struct digest *d, const void *data, size_t size);
void digest_end(struct digest *d, uint8_t result[DIGEST_SIZE]);

/* All at once. */
void digest_of(const void *data, size_t size, uint8_t result[DIGEST_SIZE]);

#endif
