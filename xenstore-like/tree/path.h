/* SPDX-License-Identifier: MIT */
/*
 * Paths as text: which are valid, how a relative one becomes absolute, and how to walk the parts.
 * The tree itself is in node.h.
 */
#ifndef XENSTORE_LIKE_PATH_H
#define XENSTORE_LIKE_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <dom0-tools/base/must_check.h>
#include <pvabi/io/xs_wire.h>

/* A path as long as the protocol allows, with its NUL. */
#define PATH_SPACE (XENSTORE_ABS_PATH_MAX + 1)

/* Is it "@introduceDomain" or the like: not a node, but something to watch? */
bool path_is_special(const char *path);

/* Writes the absolute form of in to out; a relative path is one below the home of domid. 0 or
 * -EINVAL. The result begins with '/', has no empty parts and no '/' at the end (the root is "/"),
 * or it is special. */
__must_check int path_canonical(char out[PATH_SPACE], const char *in, uint32_t domid);

/* The length of the prefix that path_canonical() put before a relative path of domid. */
size_t path_home_length(uint32_t domid);

/* All of the following take canonical paths. */

/* Cuts the last part off; "/" stays "/". */
void path_to_parent(char *path);

/* The next part of a path: returns its start and sets *len, or NULL at the end.
 * Begin with *rest = path. */
const char *path_next(const char **rest, size_t *len);

/* The number of its parts; 0 for the root. */
unsigned int path_depth(const char *path);

#endif
