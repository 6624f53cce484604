/* SPDX-License-Identifier: MIT */
/*
 * The hypervisor's functions get names of their own here, so they can stand beside the C library's.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline void *libc_memmove(void *d, const void *s, size_t n)
{
	return memmove(d, s, n);
}

#define memcpy  hv_memcpy
#define memmove hv_memmove
#define memset  hv_memset
#define memcmp  hv_memcmp
#define strlen  hv_strlen
#define strnlen hv_strnlen
#define strncmp hv_strncmp
#define strchr  hv_strchr

Suite *suite_string(void);
Suite *suite_format(void);
Suite *suite_bitmap(void);
Suite *suite_heap(void);
Suite *suite_ratelimit(void);
Suite *suite_index(void);
