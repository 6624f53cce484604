/* SPDX-License-Identifier: MIT */
/*
 * Whole files and whole buffers: what read(2) and write(2) leave to loops. Each function goes on
 * after an interruption by a signal, and returns -errno on failure.
 */
#ifndef HOSPES_BASE_FILE_H
#define HOSPES_BASE_FILE_H

#include <dirent.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>
#include "error.h"
#include "must_check.h"

/*
 * Opens a regular file that somebody named, to read it: a FIFO or a terminal of that name is
 * refused and cannot stop us. @what is for the message ("the kernel"). Returns a descriptor.
 */
__must_check int file_open_regular(const char *path, const char *what, struct stat *st,
				   struct hospes_error *err);

/* Reads at most @size bytes, up to the end of the file. Returns how many. */
__must_check ssize_t file_read(int fd, void *data, size_t size);

/* Reads exactly @size bytes at @offset. -ENODATA when the file ends before. */
__must_check int file_read_at(int fd, void *data, size_t size, off_t offset);

/*
 * Reads the first @size - 1 bytes of a small text file, as sysfs has them, and ends them with a
 * NUL; a newline at the end is left out. Returns the length.
 */
__must_check ssize_t file_read_text(const char *path, char *text, size_t size);

__must_check int file_write(int fd, const void *data, size_t size);
__must_check int file_write_at(int fd, const void *data, size_t size, off_t offset);

/*
 * Gives the file @path new content: readers see the old or the new one, never a part. On failure
 * the old one stays. A process that dies on the way leaves @path with ".new" behind.
 */
__must_check int file_replace(const char *path, const void *data, size_t size, mode_t mode);

/* A listing of an open directory, from its first entry on; @fd stays open and is not moved. NULL
 * when there is none to be had. */
DIR *file_list(int fd);

#endif
