/* SPDX-License-Identifier: MIT */
/*
 * Makes a domain from a file that domain_save.h has written, all or nothing. The file is left as it
 * is.
 */
#ifndef HOSPES_DOMAIN_DOMAIN_RESTORE_H
#define HOSPES_DOMAIN_DOMAIN_RESTORE_H

#include <dom0-tools/base/must_check.h>
#include "domain_create.h"
#include "restore_stream.h"

struct restore_file {
	int fd;
	const char *path;
	struct domain_config config; /* of the domain, from the file */
	struct restore restore;
};

/* Reads what the domain is; restore_file_close() in any case. Errors name the file. */
__must_check int restore_file_open(struct restore_file *f, const char *path,
				   struct hospes_error *err);
/*
 * The caller has the domain's turn; options->filler is set here. Errors as domain_create(), and
 * those of a stream that is damaged.
 */
__must_check int domain_restore(struct host *h, struct restore_file *f,
				struct create_options *options, domid_t *domid,
				struct hospes_error *err);
void restore_file_close(struct restore_file *f);

#endif
