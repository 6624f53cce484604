/* SPDX-License-Identifier: MIT */
/*
 * All that this room asks of its surroundings, with the C library's meaning: the three functions
 * that gcc itself takes for granted, and one for the words of errors. A freestanding user brings
 * its own. Inside load/ only.
 */
#ifndef PVABI_LOAD_LIBC_H
#define PVABI_LOAD_LIBC_H

#include <stdarg.h>
#include <stddef.h>

void *memcpy(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);

/* Of the conversions %s, %u, %d, %x, %lu and %lx are used, with '#', width and leading zeros. */
int vsnprintf(char *to, size_t size, const char *format, va_list args);

#endif
