/* SPDX-License-Identifier: MIT */
/*
 * What all other headers of the ABI rest on: constants that also assembly may use,
 * the handle of a guest's pointer, a check of sizes, and the scalar types. Holds no
 * fact of the ABI but the widths of these types.
 */
#ifndef PVABI_BASE_H
#define PVABI_BASE_H

#ifdef __ASSEMBLER__
#define xen_mk_uint(x)   x
#define xen_mk_ulong(x)  x
#define xen_mk_ullong(x) x
#else
#include <stddef.h>
#include <stdint.h>

#define PVABI_PASTE(x, suffix) x##suffix
#define xen_mk_uint(x)         PVABI_PASTE(x, U)
#define xen_mk_ulong(x)        PVABI_PASTE(x, UL)
#define xen_mk_ullong(x)       PVABI_PASTE(x, ULL)

/* A field that holds a guest's pointer. The struct keeps it from being followed by mistake. */
#define GUEST_HANDLE(type) \
	struct {           \
		type *p;   \
	} __attribute__((aligned(8)))
#define set_xen_guest_handle(hnd, val) \
	do {                           \
		(hnd).p = (val);       \
	} while (0)

/* Holds a struct to the size that the ABI gives it. */
#define PVABI_SIZE(type, size) \
	_Static_assert(sizeof(type) == (size), "the ABI fixes the size of " #type)

typedef uint64_t uint64_aligned_t;
typedef int64_t int64_aligned_t;
typedef unsigned long xen_ulong_t;
typedef unsigned long xen_pfn_t;
typedef unsigned long xen_callback_t;
#define PRI_xen_ulong "lx"
#define PRI_xen_pfn   "lx"
#define PRIu_xen_pfn  "lu"
#endif /* !__ASSEMBLER__ */

#endif
