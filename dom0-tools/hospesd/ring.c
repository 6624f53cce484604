/* SPDX-License-Identifier: MIT */
/* The console ring's arithmetic. Indexes run free over 32 bits; only differences mean anything. */
#include <stdatomic.h>
#include "ring.h"

#define OUT_SIZE ((uint32_t)sizeof(((struct xencons_interface *)0)->out))
#define IN_SIZE  ((uint32_t)sizeof(((struct xencons_interface *)0)->in))

/* One read of memory that the other side changes: the compiler may not read it again. */
static uint32_t read_index(const XENCONS_RING_IDX *index)
{
	return *(const volatile XENCONS_RING_IDX *)index;
}

static void write_index(XENCONS_RING_IDX *index, uint32_t value)
{
	*(volatile XENCONS_RING_IDX *)index = value;
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

	atomic_thread_fence(memory_order_acquire);
	if (count > OUT_SIZE) {
		ring->faults++;
		ring->out_cons = prod;
		write_index(&ring->page->out_cons, prod);
		return 0;
	}

	for (uint32_t i = 0; i < count; i++)
		text[i] = ring->page->out[(ring->out_cons + i) & (OUT_SIZE - 1)];
	return count;
}

void ring_consume(struct console_ring *ring, size_t count)
{
	atomic_thread_fence(memory_order_seq_cst);
	ring->out_cons += (uint32_t)count;
	write_index(&ring->page->out_cons, ring->out_cons);
}

/* Room for input now; none where the guest's index is nonsense. */
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

	atomic_thread_fence(memory_order_seq_cst);
	for (size_t i = 0; i < count; i++)
		ring->page->in[(ring->in_prod + (uint32_t)i) & (IN_SIZE - 1)] = text[i];
	atomic_thread_fence(memory_order_release);
	ring->in_prod += (uint32_t)count;
	write_index(&ring->page->in_prod, ring->in_prod);

	return count;
}
