/* SPDX-License-Identifier: MIT */
/*
 * Bytes of the state's files: putting numbers and strings together, and taking them apart again. A
 * number has 8 bytes; a string stands behind its length. What is read is checked like any other
 * input: every length against what is left, every path and permission by the rules for clients.
 */
#ifndef XENSTORE_LIKE_RECORD_H
#define XENSTORE_LIKE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xenstore-like/tree/path.h>
#include <xenstore-like/tree/perms.h>

/* ---- writing. Once failed is set (out of memory), nothing more is put. */

struct record {
	char *bytes;
	size_t len, space;
	bool failed;
};

void record_free(struct record *r);

/* Bytes without their length before them. */
void put_raw(struct record *r, const void *bytes, size_t len);
void put_number(struct record *r, uint64_t number);
void put_bytes(struct record *r, const void *bytes, size_t len);
void put_string(struct record *r, const char *string);
/* NULL is put as an empty list. */
void put_perms(struct record *r, const struct perms *perms);

/* ---- reading. Once broken is set, each get_ function returns 0 or "", and nothing more is
 * read. */

struct reader {
	const char *at, *end;
	bool broken;
};

uint64_t get_number(struct reader *r);
/* A number from 0 to max. */
uint64_t get_up_to(struct reader *r, uint64_t max);
/* At most max bytes, where they stand. */
const char *get_bytes(struct reader *r, size_t max, size_t *len);
/* A string without a NUL inside, copied, of less than size bytes. */
void get_string(struct reader *r, char *out, size_t size);
/* A canonical path, or a special name. */
void get_path(struct reader *r, char path[PATH_SPACE]);
/* A new reference; NULL for an empty list, or when broken or out of memory. */
struct perms *get_perms(struct reader *r);

/* ---- both */

/* A checksum of the bytes behind those that made sum (begin with RECORD_SUM_FIRST). It finds what
 * was not written whole, and damage by accident; it is no protection against forgery. */
#define RECORD_SUM_FIRST 0xcbf29ce484222325u
uint64_t record_sum(uint64_t sum, const void *bytes, size_t len);

#endif
