/* SPDX-License-Identifier: MIT */
/*
 * Permission lists (see perms.h): their text, and what they allow to whom. Domain 0 may do
 * everything; whether a right is enough for an operation is decided in view.c.
 */
#include "perms.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pvabi/io/xs_wire.h>
#include <pvabi/xen.h>

bool who_is_privileged(struct who who)
{
	return who.domid == 0;
}

struct perms *perms_new(const struct perm *p, unsigned int count)
{
	struct perms *perms = malloc(sizeof(*perms) + count * sizeof(*p));

	if (!perms)
		return NULL;
	perms->refs = 1;
	perms->count = count;
	memcpy(perms->p, p, count * sizeof(*p));
	return perms;
}

struct perms *perms_get(struct perms *perms)
{
	perms->refs++;
	return perms;
}

void perms_put(struct perms *perms)
{
	if (perms && --perms->refs == 0)
		free(perms);
}

bool perms_equal(const struct perms *a, const struct perms *b)
{
	return a == b ||
	       (a->count == b->count && memcmp(a->p, b->p, a->count * sizeof(a->p[0])) == 0);
}

static bool is_me(struct who who, uint32_t domid)
{
	return domid == who.domid || (who.target != DOMID_NONE && domid == who.target);
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

struct perms *perms_without(struct perms *perms, uint32_t domid)
{
	struct perms *copy;
	unsigned int kept = 1;

	for (unsigned int i = 1; i < perms->count; i++)
		kept += perms->p[i].domid != domid;
	if (kept == perms->count)
		return perms_get(perms);
	copy = perms_new(perms->p, perms->count);
	if (!copy)
		return NULL;
	copy->count = 1;
	for (unsigned int i = 1; i < perms->count; i++)
		if (perms->p[i].domid != domid)
			copy->p[copy->count++] = perms->p[i];
	return copy;
}

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

static int entry_parse(const char *text, struct perm *perm)
{
	unsigned long domid = 0;

	if (letter_to_right(text[0], &perm->right) || text[1] == '\0')
		return -EINVAL;
	for (const char *c = text + 1; *c; c++) {
		if (*c < '0' || *c > '9')
			return -EINVAL;
		domid = domid * 10 + (*c - '0');
		if (domid >= DOMID_FIRST_RESERVED)
			return -EINVAL;
	}
	perm->domid = domid;
	return 0;
}

int perms_parse(const char *text, size_t len, struct perms **perms)
{
	/* The shortest entry has three bytes, so this many fit in a payload. */
	struct perm list[XENSTORE_PAYLOAD_MAX / 3];
	unsigned int count = 0;
	size_t at = 0;

	if (len == 0 || len > XENSTORE_PAYLOAD_MAX || text[len - 1] != '\0')
		return -EINVAL;
	while (at < len) {
		if (entry_parse(text + at, &list[count]))
			return -EINVAL;
		count++;
		at += strlen(text + at) + 1;
	}
	*perms = perms_new(list, count);
	return *perms ? 0 : -ENOMEM;
}

int perms_format(const struct perms *perms, char *out, size_t size)
{
	static const char letters[] = "nrwb";
	size_t at = 0;

	for (unsigned int i = 0; i < perms->count; i++) {
		int n = snprintf(out + at, size - at, "%c%u", letters[perms->p[i].right & 3],
				 perms->p[i].domid);

		if (n < 0 || (size_t)n >= size - at)
			return -E2BIG;
		at += n + 1;
	}
	return at;
}
