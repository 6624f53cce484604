/* SPDX-License-Identifier: MIT */
/*
 * Permission lists (see perms.h): their text, and what they allow to whom. Domain 0 may do
 * everything; whether a right is enough for an operation is decided in txn/view.c.
 */
#include "perms.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pvabi/io/xs_wire.h>
#include <pvabi/xen.h>

/* As many entries as fit in a payload. */
#define ENTRIES_MAX (XENSTORE_PAYLOAD_MAX / PERM_TEXT_MIN)

/* The letters of RIGHT_NONE, RIGHT_READ, RIGHT_WRITE, and both. */
static const char right_letters[] = "nrwb";

bool who_is_privileged(struct who who)
{
	return who.domid == 0;
}

struct perms *perms_new(const struct perm *p, unsigned int count)
{
	struct perms *perms = malloc(sizeof(*perms) + count * sizeof(*p));

	assert(count);
	if (!perms)
		return NULL;

	perms->refs = 1;
	perms->count = count;
	memcpy(perms->p, p, count * sizeof(*p));
	return perms;
}

struct perms *perms_get(struct perms *perms)
{
	assert(perms->refs);
	perms->refs++;
	return perms;
}

void perms_put(struct perms *perms)
{
	if (!perms)
		return;

	assert(perms->refs);
	perms->refs--;
	if (perms->refs == 0)
		free(perms);
}

bool perms_equal(const struct perms *a, const struct perms *b)
{
	if (a == b)
		return true;

	if (a->count != b->count)
		return false;
	return memcmp(a->p, b->p, a->count * sizeof(a->p[0])) == 0;
}

bool perms_name(const struct perms *perms, uint32_t domid)
{
	for (unsigned int i = 0; i < perms->count; i++)
		if (perms->p[i].domid == domid)
			return true;
	return false;
}

static bool is_me(struct who who, uint32_t domid)
{
	if (domid == who.domid)
		return true;

	return who.target != DOMID_NONE && domid == who.target;
}

unsigned int perms_of(const struct perms *perms, struct who who)
{
	if (who_is_privileged(who) || is_me(who, perms_owner(perms)))
		return RIGHT_READ | RIGHT_WRITE | RIGHT_OWNER;

	for (unsigned int i = 1; i < perms->count; i++)
		if (is_me(who, perms->p[i].domid))
			return perms->p[i].right;

	return perms->p[0].right;
}

struct perms *perms_with_owner(struct perms *perms, uint32_t owner)
{
	struct perms *copy;

	if (perms_owner(perms) == owner)
		return perms_get(perms);

	copy = perms_new(perms->p, perms->count);
	if (copy)
		copy->p[0].domid = owner;
	return copy;
}

/* Does the entry stay when the domain is taken out? The owner's always does. */
static bool entry_stays(const struct perms *perms, unsigned int i, uint32_t domid)
{
	return i == 0 || perms->p[i].domid != domid;
}

struct perms *perms_without(struct perms *perms, uint32_t domid)
{
	struct perms *copy;
	unsigned int kept = 0;

	for (unsigned int i = 0; i < perms->count; i++)
		if (entry_stays(perms, i, domid))
			kept++;
	if (kept == perms->count)
		return perms_get(perms);

	copy = perms_new(perms->p, perms->count);
	if (!copy)
		return NULL;

	copy->count = 0;
	for (unsigned int i = 0; i < perms->count; i++)
		if (entry_stays(perms, i, domid))
			copy->p[copy->count++] = perms->p[i];
	return copy;
}

/* ---- text */

static int letter_to_right(char letter, unsigned int *right)
{
	switch (letter) {
	case 'n':
		*right = RIGHT_NONE;
		return 0;
	case 'r':
		*right = RIGHT_READ;
		return 0;
	case 'w':
		*right = RIGHT_WRITE;
		return 0;
	case 'b':
		*right = RIGHT_READ | RIGHT_WRITE;
		return 0;
	default:
		return -EINVAL;
	}
}

static int number_parse(const char *text, uint32_t *domid)
{
	uint32_t number = 0;

	if (*text == '\0')
		return -EINVAL;

	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;

		number = number * 10 + (*text - '0');
		if (number >= DOMID_FIRST_RESERVED)
			return -EINVAL;
	}

	*domid = number;
	return 0;
}

static int entry_parse(const char *text, struct perm *perm)
{
	int rc;

	rc = letter_to_right(text[0], &perm->right);
	if (rc)
		return rc;

	return number_parse(text + 1, &perm->domid);
}

int perms_parse(const char *text, size_t len, struct perms **perms)
{
	struct perm list[ENTRIES_MAX];
	unsigned int count = 0;
	size_t at = 0;
	int rc;

	if (len == 0 || len > XENSTORE_PAYLOAD_MAX || text[len - 1] != '\0')
		return -EINVAL;

	/* No valid entry is shorter than PERM_TEXT_MIN, so the list has room for all. */
	while (at < len) {
		struct perm perm;

		rc = entry_parse(text + at, &perm);
		if (rc)
			return rc;

		list[count++] = perm;
		at += strlen(text + at) + 1;
	}

	*perms = perms_new(list, count);
	return *perms ? 0 : -ENOMEM;
}

int perms_format(const struct perms *perms, char *out, size_t size)
{
	size_t at = 0;

	for (unsigned int i = 0; i < perms->count; i++) {
		const struct perm *perm = &perms->p[i];
		char letter = right_letters[perm->right & (RIGHT_READ | RIGHT_WRITE)];
		int n = snprintf(out + at, size - at, "%c%u", letter, perm->domid);

		if (n < 0 || (size_t)n >= size - at)
			return -E2BIG;
		at += n + 1;
	}
	return at;
}
