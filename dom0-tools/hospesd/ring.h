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

/*
 * The contracts below are proved by tests/prove/run; heard, which only the prover has, is what the
 * last load of an index of the guest's found. It is another at each load, so a second load of what
 * was checked would fail them.
 */
/*@
  logic integer between(integer from, integer to) = (uint32_t)(to - from);

  predicate ring_valid(struct console_ring *r) =
    \valid(r) && \valid(r->page) && \separated(r, r->page, &heard);
*/

/* Takes over a page that an earlier backend may have served. */
//@ requires \valid(ring) && \valid_read(page); assigns *ring, heard; ensures ring->page == page;
void ring_open(struct console_ring *ring, struct xencons_interface *page);

/*
 * Copies what the guest wrote into @text, without consuming it: ring_consume() does, after the text
 * is safe. Returns the number of bytes; 0 also after a fault, which skips to the guest's index.
 */
#define RING_OUT_SIZE sizeof(((struct xencons_interface *)0)->out)
/*@
  requires ring_valid(ring) && \valid(text + (0 .. RING_OUT_SIZE - 1));
  requires \separated(ring, ring->page, text + (0 .. RING_OUT_SIZE - 1), &heard);
  assigns text[0 .. RING_OUT_SIZE - 1], ring->faults, ring->out_cons, ring->page->out_cons, heard;
  ensures between(\old(ring->out_cons), heard) <= RING_OUT_SIZE ==>
    \result == between(\old(ring->out_cons), heard) && ring->out_cons == \old(ring->out_cons) &&
    ring->faults == \old(ring->faults);
  ensures between(\old(ring->out_cons), heard) > RING_OUT_SIZE ==>
    \result == 0 && ring->out_cons == heard;
  ensures \forall integer i; 0 <= i < \result ==>
    text[i] == ring->page->out[(uint32_t)(ring->out_cons + i) % RING_OUT_SIZE];
*/
size_t ring_peek(struct console_ring *ring, char text[RING_OUT_SIZE]);
/*@
  requires ring_valid(ring) && count <= RING_OUT_SIZE;
  assigns ring->out_cons, ring->page->out_cons;
  ensures ring->out_cons == (uint32_t)(\old(ring->out_cons) + count);
  ensures ring->page->out_cons == ring->out_cons;
*/
void ring_consume(struct console_ring *ring, size_t count);

/* Gives input to the guest: returns how many bytes there was room for. */
#define RING_IN_SIZE sizeof(((struct xencons_interface *)0)->in)
/*@
  requires ring_valid(ring) && \valid_read(text + (0 .. length - 1));
  requires \separated(ring, ring->page, text + (0 .. length - 1), &heard);
  assigns ring->page->in[0 .. RING_IN_SIZE - 1], ring->faults, ring->in_prod, ring->page->in_prod,
    heard;
  // No byte is put on one that the guest has not taken.
  ensures \result <= length;
  ensures \result > 0 ==>
    between(heard, \old(ring->in_prod)) + \result <= RING_IN_SIZE;
  ensures ring->in_prod == (uint32_t)(\old(ring->in_prod) + \result);
  ensures ring->page->in_prod == ring->in_prod;
*/
size_t ring_put(struct console_ring *ring, const char *text, size_t length);

#endif
