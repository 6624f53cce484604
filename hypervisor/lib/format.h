/* SPDX-License-Identifier: MIT */
/*
 * Text formatting: the printf subset %d %u %x %s %c %%, with l, z or h, a width, 0, - and #; of
 * strings also .NUMBER and .*.
 */
#ifndef LIB_FORMAT_H
#define LIB_FORMAT_H

#include <lib/types.h>
#include <stdarg.h>

/* Writes at most @size - 1 characters and a NUL; returns the length the whole text has. */
int format_v(char *buf, size_t size, const char *fmt, va_list ap) printf_like(3, 0);
int format(char *buf, size_t size, const char *fmt, ...) printf_like(3, 4);

#endif
