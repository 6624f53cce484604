/* SPDX-License-Identifier: MIT */
/*
 * Bytes of the state's files (see record.h).
 */
#include "record.h"

#include <stdlib.h>
#include <string.h>
#include <pvabi/xen.h>

#define SPACE_FIRST 4096

#define PERMS_SAVED_MAX (XENSTORE_PAYLOAD_MAX / PERM_TEXT_MIN)

/* Fowler, Noll and Vo's hash FNV-1a of 64 bits. */
#define SUM_FACTOR 0x100000001b3u

uint64_t record_sum(uint64_t sum, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < len; i++)
		sum = (sum ^ at[i]) * SUM_FACTOR;
	return sum;
}

/* ---- writing */

void record_free(struct record *r)
{
	free(r->bytes);
	memset(r, 0, sizeof(*r));
}

static bool record_grow(struct record *r, size_t more)
{
	size_t space = r->space ? r->space : SPACE_FIRST;
	char *bytes;

	if (r->failed)
		return false;
	if (r->len + more <= r->space)
		return true;

	while (space < r->len + more)
		space *= 2;

	bytes = realloc(r->bytes, space);
	if (!bytes) {
		r->failed = true;
		return false;
	}

	r->bytes = bytes;
	r->space = space;
	return true;
}

void put_raw(struct record *r, const void *bytes, size_t len)
{
	if (!len || !record_grow(r, len))
		return;

	memcpy(r->bytes + r->len, bytes, len);
	r->len += len;
}

void put_number(struct record *r, uint64_t number)
{
	put_raw(r, &number, sizeof(number));
}

void put_bytes(struct record *r, const void *bytes, size_t len)
{
	put_number(r, len);
	put_raw(r, bytes, len);
}

void put_string(struct record *r, const char *string)
{
	put_bytes(r, string, strlen(string));
}

void put_perms(struct record *r, const struct perms *perms)
{
	unsigned int count = perms ? perms->count : 0;

	put_number(r, count);
	for (unsigned int i = 0; i < count; i++) {
		put_number(r, perms->p[i].domid);
		put_number(r, perms->p[i].right);
	}
}

/* ---- reading */

uint64_t get_number(struct reader *r)
{
	uint64_t number = 0;

	if (r->broken || (size_t)(r->end - r->at) < sizeof(number)) {
		r->broken = true;
		return 0;
	}

	memcpy(&number, r->at, sizeof(number));
	r->at += sizeof(number);
	return number;
}

uint64_t get_up_to(struct reader *r, uint64_t max)
{
	uint64_t number = get_number(r);

	if (number <= max)
		return number;

	r->broken = true;
	return 0;
}

const char *get_bytes(struct reader *r, size_t max, size_t *len)
{
	const char *bytes;

	*len = get_up_to(r, max);
	if (r->broken || (size_t)(r->end - r->at) < *len) {
		r->broken = true;
		*len = 0;
		return "";
	}

	bytes = r->at;
	r->at += *len;
	return bytes;
}

void get_string(struct reader *r, char *out, size_t size)
{
	size_t len;
	const char *bytes = get_bytes(r, size - 1, &len);

	memcpy(out, bytes, len);
	out[len] = '\0';
	if (strlen(out) != len)
		r->broken = true;
}

void get_path(struct reader *r, char path[PATH_SPACE])
{
	char raw[PATH_SPACE];
	bool relative;

	get_string(r, raw, sizeof(raw));
	relative = raw[0] != '/' && !path_is_special(raw);
	if (relative || path_canonical(path, raw, 0)) {
		r->broken = true;
		strcpy(path, "/");
	}
}

struct perms *get_perms(struct reader *r)
{
	struct perm list[PERMS_SAVED_MAX];
	unsigned int count = get_up_to(r, PERMS_SAVED_MAX);

	for (unsigned int i = 0; i < count; i++) {
		list[i].domid = get_up_to(r, DOMID_FIRST_RESERVED - 1);
		list[i].right = get_up_to(r, RIGHT_READ | RIGHT_WRITE);
	}

	if (r->broken || !count)
		return NULL;
	return perms_new(list, count);
}
