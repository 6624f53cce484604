/* SPDX-License-Identifier: MIT */
/*
 * Whole files and whole buffers: what read(2) and write(2) leave to loops. Each function goes on
 * after an interruption by a signal, and returns -errno on failure.
 */
#ifndef HOSPES_BASE_FILE_H
#define HOSPES_BASE_FILE_H

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
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
/* The same for who wants to know how much of it was written, also when that fails: *done. */
__must_check int file_write_some(int fd, const void *data, size_t size, size_t *done);
__must_check int file_write_at(int fd, const void *data, size_t size, off_t offset);

/*
 * Gives the file @path new content: readers see the old or the new one, never a part. On failure
 * the old one stays. A process that dies on the way leaves @path with ".new" behind.
 */
__must_check int file_replace(const char *path, const void *data, size_t size, mode_t mode);

/* The path from the root of one whose folder is there, the file itself need not. -errno */
__must_check int file_full_path(const char *path, char full[PATH_MAX]);

/*
 * Whether @name in the directory @dir (or AT_FDCWD) still leads to the open file @fd: it may have
 * been removed, or replaced by another, since it was opened.
 */
__must_check bool file_has_name(int fd, int dir, const char *name);

/*
 * Opens a file as openat(2) does and takes the exclusive lock on it (flock(2)) without waiting. The
 * lock is on the file of that name: one whose last holder removed it between our open and our lock
 * is not taken for it. Returns a descriptor: the lock ends with its last copy. -EWOULDBLOCK:
 * another process has the lock; -ENOENT: there is no such file (any more).
 */
__must_check int file_open_locked(int dir, const char *name, int flags, mode_t mode);

/*
 * Opens the directory @path, which is made for its owner alone if there is none; not through a
 * symbolic link. Returns a descriptor.
 */
__must_check int file_open_directory(const char *path, struct hospes_error *err);

/* A listing of an open directory, from its first entry on; @fd stays open and is not moved. NULL
 * when there is none to be had. */
DIR *file_list(int fd);

#endif
