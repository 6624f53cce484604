/* SPDX-License-Identifier: MIT */
/*
 * A large file that appears when it is complete: written as NAME.part, on which its writer holds a
 * lock, put on the disk, and given its name. One process at a time writes it; what a dead one left
 * is begun anew.
 */
#ifndef HOSPES_BASE_PART_FILE_H
#define HOSPES_BASE_PART_FILE_H

#include <limits.h>
#include "error.h"
#include "must_check.h"

struct part_file {
	int fd;
	const char *path; /* the name that it gets */
	char part[PATH_MAX];
};

/* A file of that name will be replaced, what is no file is refused. -EBUSY: somebody writes it. */
__must_check int part_file_begin(struct part_file *f, const char *path, struct hospes_error *err);
/* All of it is on the disk now. */
__must_check int part_file_sync(struct part_file *f, struct hospes_error *err);
/* It gets its name, and its folder is put on the disk. */
__must_check int part_file_name(struct part_file *f, struct hospes_error *err);
/* Done, or given up: what has no name yet goes away. */
void part_file_end(struct part_file *f);

#endif
