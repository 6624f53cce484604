/* SPDX-License-Identifier: MIT */
/*
 * Paths as text (see path.h). Everything that comes from a client passes path_canonical() first;
 * all other code may rely on what it promises.
 */
#include "path.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define HOME_FORMAT "/local/domain/%u/"

static bool char_is_valid(unsigned char c)
{
	return isalnum(c) || c == '-' || c == '_' || c == '@' || c == '/';
}

bool path_is_special(const char *path)
{
	return path[0] == '@';
}

static int absolute_check(const char *path, size_t len)
{
	if (len == 0 || len >= XENSTORE_ABS_PATH_MAX || path[0] != '/')
		return -EINVAL;

	/* Only the root ends in a slash. */
	if (len > 1 && path[len - 1] == '/')
		return -EINVAL;

	for (size_t i = 0; i < len; i++) {
		if (!char_is_valid(path[i]))
			return -EINVAL;
		if (path[i] == '/' && path[i + 1] == '/')
			return -EINVAL;
	}
	return 0;
}

static int special_check(const char *path, size_t len)
{
	if (len < 2 || len >= XENSTORE_REL_PATH_MAX)
		return -EINVAL;

	for (size_t i = 1; i < len; i++)
		if (!isalnum((unsigned char)path[i]))
			return -EINVAL;
	return 0;
}

static int relative_resolve(char out[PATH_SPACE], const char *in, size_t len, uint32_t domid)
{
	int n;

	if (len == 0 || len > XENSTORE_REL_PATH_MAX)
		return -EINVAL;

	n = snprintf(out, PATH_SPACE, HOME_FORMAT "%s", domid, in);
	if (n < 0 || n >= PATH_SPACE)
		return -EINVAL;

	return absolute_check(out, n);
}

int path_canonical(char out[PATH_SPACE], const char *in, uint32_t domid)
{
	size_t len = strnlen(in, PATH_SPACE);

	if (len >= XENSTORE_ABS_PATH_MAX)
		return -EINVAL;

	if (path_is_special(in)) {
		memcpy(out, in, len + 1);
		return special_check(out, len);
	}

	if (in[0] == '/') {
		memcpy(out, in, len + 1);
		return absolute_check(out, len);
	}

	return relative_resolve(out, in, len, domid);
}

size_t path_home_length(uint32_t domid)
{
	return snprintf(NULL, 0, HOME_FORMAT, domid);
}

void path_to_parent(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash)
		return;

	/* The root keeps its slash. */
	if (slash == path)
		slash++;
	*slash = '\0';
}

const char *path_next(const char **rest, size_t *len)
{
	const char *part = *rest;

	while (*part == '/')
		part++;
	if (*part == '\0')
		return NULL;

	*len = strcspn(part, "/");
	*rest = part + *len;
	return part;
}

unsigned int path_depth(const char *path)
{
	unsigned int depth = 0;
	size_t len;

	while (path_next(&path, &len))
		depth++;
	return depth;
}
