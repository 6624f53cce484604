/* SPDX-License-Identifier: MIT */
/*
 * Loop devices by ioctl: an image file as a block device. Made with autoclear, so the kernel frees
 * one when its last user closes it: neither a killed tool nor a dead guest can leave one behind.
 * Inside device/ only.
 */
#ifndef HOSPES_DEVICE_LOOP_H
#define HOSPES_DEVICE_LOOP_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <dom0-tools/base/error.h>
#include <dom0-tools/base/must_check.h>

/*
 * Binds a free loop device to the open file @file (kept in the device; the caller closes its own).
 * Returns an open descriptor of the device and its number in *@device. The device lives as long as
 * somebody has it open: hold the descriptor until the backend has opened it too.
 */
__must_check int loop_bind(int file, const char *path, bool readonly, dev_t *device,
			   struct hospes_error *err);

/* Whether /dev/loopN is bound to that file now. */
__must_check bool loop_has_file(unsigned int number, const struct stat *file);

/* /dev/loopN takes the size that its file has now. */
__must_check int loop_resize(unsigned int number, struct hospes_error *err);

/* The number N of a loop device that is bound to the file @dev:@ino now, or -1. */
__must_check int loop_of_file(dev_t dev, ino_t ino);

/* The number N of a loop device that a node of blkback's names ("7:N", hexadecimal), or -1. */
__must_check int loop_of_device(const char *device);

/* Whether /dev/loopN is bound to any file. */
bool loop_is_bound(unsigned int number);

#endif
