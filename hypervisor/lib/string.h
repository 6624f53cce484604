/* SPDX-License-Identifier: MIT */
/* The freestanding memory and string functions, with their usual meaning; gcc calls some itself. */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include <lib/types.h>

void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);

/*
 * Copies at most @size - 1 bytes and always ends with NUL, @size not 0; returns the length of @src.
 */
size_t str_copy(char *dst, const char *src, size_t size);

/*
 * Reads an unsigned number (0x.. or decimal) with an optional suffix K, M, G or T (powers of
 * 1024) and sets *end behind it. Returns 0 with *end == s if there is no number; saturates.
 */
u64 str_to_size(const char *s, const char **end);

/* Little-endian numbers in tables and files, where nothing need be aligned. */
static inline u32 read_u32(const void *p)
{
	u32 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline u64 read_u64(const void *p)
{
	u64 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

#endif
