/* SPDX-License-Identifier: MIT */
/*
 * Every refusal carries its reason in words: `return fail(-EINVAL, "L2 entry %u maps an L4
 * frame", i);`. On the hypervisor the reason goes to the log of the domain that is calling
 * (dom/log.c); host tests link their own fail_reason(). Nothing is evaluated on success.
 */
#ifndef LIB_FAIL_H
#define LIB_FAIL_H

#include <lib/errno.h>
#include <lib/types.h>

/* Records one line "WHERE: TEXT (err)" in the current domain's log. Any context, no lock needed. */
void fail_reason(int err, const char *where, const char *fmt, ...) printf_like(3, 4);

#define fail(err, ...) (fail_reason((err), __func__, __VA_ARGS__), (err))

#endif
