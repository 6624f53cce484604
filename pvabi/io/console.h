/* SPDX-License-Identifier: MIT */
/*
 * The page through which a guest's console talks to its backend. Indices run free;
 * in_prod and out_cons are the backend's.
 */
#ifndef PVABI_IO_CONSOLE_H
#define PVABI_IO_CONSOLE_H

#include <stdint.h>

typedef uint32_t XENCONS_RING_IDX;
#define MASK_XENCONS_IDX(idx, ring) ((idx) % sizeof(ring))

struct xencons_interface {
	char in[1024];  /* to the guest */
	char out[2048]; /* from the guest */
	XENCONS_RING_IDX in_cons, in_prod;
	XENCONS_RING_IDX out_cons, out_prod;
};
_Static_assert(sizeof(struct xencons_interface) == 3088, "the ABI fixes the page");

#endif
