/* SPDX-License-Identifier: MIT */
/*
 * A target of libFuzzer: a program that feeds one parser with bytes from nowhere. The sanitizers
 * see every step outside of an object, every leak and every undefined sum; what else must hold is
 * said with fuzz_check().
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Called by libFuzzer, with a block of exactly @size bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A claim about what the parser made of the input; a broken one ends the process, and is found. */
#define fuzz_check(claim)                                                                   \
	do {                                                                                \
		if (!(claim)) {                                                             \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #claim); \
			abort();                                                            \
		}                                                                           \
	} while (0)

/* The input, taken piece by piece from its start. */
struct fuzz_input {
	const uint8_t *data;
	size_t left;
};

/* The next byte; 0 behind the end. */
static inline uint8_t fuzz_byte(struct fuzz_input *in)
{
	if (in->left == 0)
		return 0;

	in->left--;
	return *in->data++;
}

/* The next number of @bytes bytes, at most 8. */
static inline uint64_t fuzz_number(struct fuzz_input *in, unsigned int bytes)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < bytes; i++)
		n |= (uint64_t)fuzz_byte(in) << (8 * i);

	return n;
}

/* Up to @size bytes, of which *got are there. */
static inline const uint8_t *fuzz_take(struct fuzz_input *in, size_t size, size_t *got)
{
	const uint8_t *at = in->data;

	*got = size < in->left ? size : in->left;
	in->data += *got;
	in->left -= *got;
	return at;
}

#endif
