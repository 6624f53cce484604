/* SPDX-License-Identifier: MIT */
/*
 * Who may do what with a node. A list of permissions is immutable, and shared by all nodes that
 * have the same. Its first entry names the owner, and its right is what all domains not named may
 * do.
 */
#ifndef XENSTORE_LIKE_PERMS_H
#define XENSTORE_LIKE_PERMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <dom0-tools/base/must_check.h>

enum {
	RIGHT_NONE = 0,
	RIGHT_READ = 1,
	RIGHT_WRITE = 2,
	RIGHT_OWNER = 4,
};

#define DOMID_NONE UINT32_MAX

struct perm {
	uint32_t domid;
	unsigned int right;
};

struct perms {
	unsigned int refs;
	unsigned int count;
	struct perm p[];
};

/* Who asks. target: the domain that this one acts for, or DOMID_NONE. */
struct who {
	uint32_t domid;
	uint32_t target;
};

bool who_is_privileged(struct who who);

/* A list with one reference; NULL when out of memory. count is at least 1. */
struct perms *perms_new(const struct perm *p, unsigned int count);
struct perms *perms_get(struct perms *perms);
/* NULL is allowed. */
void perms_put(struct perms *perms);

static inline uint32_t perms_owner(const struct perms *perms)
{
	return perms->p[0].domid;
}

bool perms_equal(const struct perms *a, const struct perms *b);

/* Does the list name the domain, as owner or otherwise? */
bool perms_name(const struct perms *perms, uint32_t domid);

/* The RIGHT_ bits of who. */
unsigned int perms_of(const struct perms *perms, struct who who);

/* The same list with another owner, or without the other entries of a domain. A new reference;
 * NULL when out of memory. */
struct perms *perms_with_owner(struct perms *perms, uint32_t owner);
struct perms *perms_without(struct perms *perms, uint32_t domid);

/* The wire's text: for each entry one letter (r w b n) and a number, ended by a NUL. */

/* The shortest entry. */
#define PERM_TEXT_MIN sizeof("n0")

/* *perms: a new reference. 0, -EINVAL, -ENOMEM. */
__must_check int perms_parse(const char *text, size_t len, struct perms **perms);

/* The length of the text, or -E2BIG. */
__must_check int perms_format(const struct perms *perms, char *out, size_t size);

#endif
