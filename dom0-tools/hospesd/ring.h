/* SPDX-License-Identifier: MIT */
/*
 * The console ring's arithmetic, without I/O. The page is shared with a guest that may write
 * anything there at any time, so each index is read once, checked, and our own ones are kept on our
 * side.
 */
#ifndef HOSPES_HOSPESD_RING_H
#define HOSPES_HOSPESD_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <pvabi/io/console.h>

struct console_ring {
	struct xencons_interface *page;
	XENCONS_RING_IDX out_cons, in_prod; /* ours; the page holds copies for the guest */
	unsigned int faults;                /* how often the guest's indexes were nonsense */
};

/* Takes over a page that an earlier backend may have served. */
void ring_open(struct console_ring *ring, struct xencons_interface *page);

/*
 * Copies what the guest wrote into @text, without consuming it: ring_consume() does, after the text
 * is safe. Returns the number of bytes; 0 also after a fault, which skips to the guest's index.
 */
#define RING_OUT_SIZE sizeof(((struct xencons_interface *)0)->out)
size_t ring_peek(struct console_ring *ring, char text[RING_OUT_SIZE]);
void ring_consume(struct console_ring *ring, size_t count);

/* Gives input to the guest: returns how many bytes there was room for. */
size_t ring_put(struct console_ring *ring, const char *text, size_t length);

#endif
