/* SPDX-License-Identifier: MIT */
/*
 * The core of a domain: its memory, registers and shared_info in a file that `crash` and gdb read,
 * see core_file.h.
 */
#ifndef HOSPES_DOMAIN_DOMAIN_CORE_H
#define HOSPES_DOMAIN_DOMAIN_CORE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <dom0-tools/base/must_check.h>
#include "host.h"

struct core_options {
	bool live; /* the domain runs meanwhile: pages are of different moments */
	/* Set by a signal handler, it ends it. May be NULL. */
	const volatile sig_atomic_t *interrupted;
	/* Asked now and then: true ends it with -ECANCELED. May be NULL. */
	bool (*give_up)(void *context);
	void *context;
};

struct core_result {
	uint64_t pages; /* that are in the file */
	bool cut;       /* not all that is mapped has a program header: gdb does not see the rest */
};

/*
 * With the domain's turn. Writes FILE.part, and gives it its name when it is complete; after a
 * failure neither is left of what was begun. A file of that name is replaced, what is no file is
 * refused. Errors, among others: -EINTR, -ECANCELED, -ENOSPC, -EBUSY (somebody writes it just now).
 */
__must_check int domain_core(struct host *h, domid_t domid, const char *path,
			     const struct core_options *options, struct core_result *result,
			     struct hospes_error *err);

#endif
