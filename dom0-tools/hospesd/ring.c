/* SPDX-License-Identifier: MIT */
/* The console ring's arithmetic. Indexes run free over 32 bits; only differences mean anything. */
#include "ring.h"

#define OUT_SIZE ((uint32_t)RING_OUT_SIZE)
#define IN_SIZE  ((uint32_t)RING_IN_SIZE)

/* One read of memory that the other side changes: the compiler may not read it again. */
//@ requires \valid_read(index); assigns heard; ensures \result == heard;
static uint32_t read_index(const XENCONS_RING_IDX *index)
{
	return __atomic_load_n(index, __ATOMIC_RELAXED);
}

//@ requires \valid(index); assigns *index; ensures *index == value;
static void write_index(XENCONS_RING_IDX *index, uint32_t value)
{
	__atomic_store_n(index, value, __ATOMIC_RELAXED);
}

void ring_open(struct console_ring *ring, struct xencons_interface *page)
{
	ring->page = page;
	ring->faults = 0;
	ring->out_cons = read_index(&page->out_cons);
	ring->in_prod = read_index(&page->in_prod);
}

size_t ring_peek(struct console_ring *ring, char text[RING_OUT_SIZE])
{
	uint32_t prod = read_index(&ring->page->out_prod);
	uint32_t count = prod - ring->out_cons;

	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (count > OUT_SIZE) {
		ring->faults++;
		ring->out_cons = prod;
		write_index(&ring->page->out_cons, prod);
		return 0;
	}

	/*@
	  loop invariant 0 <= i <= count && \forall integer k; 0 <= k < i ==>
	    text[k] == ring->page->out[(uint32_t)(ring->out_cons + k) % RING_OUT_SIZE];
	  loop assigns i, text[0 .. RING_OUT_SIZE - 1];
	  loop variant count - i;
	*/
	for (uint32_t i = 0; i < count; i++)
		text[i] = ring->page->out[(ring->out_cons + i) % OUT_SIZE];
	return count;
}

void ring_consume(struct console_ring *ring, size_t count)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	ring->out_cons += (uint32_t)count;
	write_index(&ring->page->out_cons, ring->out_cons);
}

/* Room for input now; none where the guest's index is nonsense. */
/*@
  requires ring_valid(ring);
  assigns ring->faults, heard;
  ensures \result == \max(0, RING_IN_SIZE - between(heard, ring->in_prod));
*/
static size_t ring_room(struct console_ring *ring)
{
	uint32_t used = ring->in_prod - read_index(&ring->page->in_cons);

	if (used <= IN_SIZE)
		return IN_SIZE - used;

	ring->faults++;
	return 0;
}

size_t ring_put(struct console_ring *ring, const char *text, size_t length)
{
	size_t room = ring_room(ring);
	size_t count = length < room ? length : room;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	/*@
	  loop invariant 0 <= i <= count;
	  loop assigns i, ring->page->in[0 .. RING_IN_SIZE - 1];
	  loop variant count - i;
	*/
	for (size_t i = 0; i < count; i++)
		ring->page->in[(ring->in_prod + (uint32_t)i) % IN_SIZE] = text[i];
	__atomic_thread_fence(__ATOMIC_RELEASE);
	ring->in_prod += (uint32_t)count;
	write_index(&ring->page->in_prod, ring->in_prod);

	return count;
}
