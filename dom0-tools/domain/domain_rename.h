/* SPDX-License-Identifier: MIT */
/* Another name for a domain that exists, is defined, or both. */
#ifndef HOSPES_DOMAIN_DOMAIN_RENAME_H
#define HOSPES_DOMAIN_DOMAIN_RENAME_H

#include <dom0-tools/base/must_check.h>
#include "turn.h"

/*
 * Finds the domain called @who, takes its turn and that of the new name, at most @wait_ms, and
 * renames it everywhere: its definition and autostart, its kept configuration, its nodes. hospesd
 * follows the node with its log. -EEXIST: the name is taken; -EINVAL: it is none. Interrupted, it
 * has one of the names, and doing the same again ends it. On return t->name is the new one; the
 * turn is over in any case.
 */
__must_check int domain_rename(struct host *h, const char *who, const char *name, int wait_ms,
			       struct turn *t, struct hospes_error *err);

#endif
